/** Async generators that are written once and run in every spelling, like the coroutines of spellings.ts. */
import * as asyncio from "uvio";
import { advance, callFromBody, outcomeOf, type Target } from "./writing.js";

/** The methods of a Python async generator that `async for` uses. */
export interface Items<T> {
  next(): Target<IteratorResult<T, void>>;
  /** Ends the generator and runs its `finally` blocks, as `aclose()` does. */
  close(): Target<unknown>;
}

class Emitted<T> {
  readonly value: T;

  constructor(value: T) {
    this.value = value;
  }
}

export type ItemsBody<T> = Generator<Target<unknown> | Emitted<T>, void, unknown>;

/** Inside a body, `yield* emit(value)` stands for Python's `yield value`. */
export function* emit<T>(value: T): Generator<Emitted<T>, void, unknown> {
  yield new Emitted(value);
}

/** The spelling as a JavaScript async generator. */
export class AsyncItems<T> implements Items<T> {
  readonly #generator: AsyncGenerator<T, void, undefined>;

  constructor(body: ItemsBody<T>) {
    this.#generator = driveItems(body);
  }

  next(): Target<IteratorResult<T, void>> {
    return callFromBody(() => this.#generator.next());
  }

  close(): Target<unknown> {
    return callFromBody(() => this.#generator.return());
  }
}

async function* driveItems<T>(body: ItemsBody<T>): AsyncGenerator<T, void, undefined> {
  let next = advance("async", () => body.next());
  let ended = false;
  let closing = false;
  const resume = async (): Promise<void> => {
    while (next.done !== true && !(next.value instanceof Emitted)) {
      let value: unknown;
      try {
        value = await next.value;
      } catch (error) {
        next = advance("async", () => body.throw(error));
        continue;
      }
      next = advance("async", () => body.next(value));
    }
  };
  try {
    for (;;) {
      await resume();
      if (next.done === true) break;
      closing = true; // If the generator ends at the `yield`, return() was called.
      yield (next.value as Emitted<T>).value;
      closing = false;
      next = advance("async", () => body.next());
    }
    ended = true;
  } finally {
    if (!ended && closing) {
      next = advance("async", () => body.return());
      await resume();
    }
  }
}

/** The spelling with generator coroutines. */
export class GeneratedItems<T> implements Items<T> {
  readonly #body: ItemsBody<T>;

  constructor(body: ItemsBody<T>) {
    this.#body = body;
  }

  next(): Target<IteratorResult<T, void>> {
    return untilEmitted(this.#body, () => this.#body.next());
  }

  close(): Target<unknown> {
    return untilEmitted(this.#body, () => this.#body.return());
  }
}

type Step<T> = IteratorResult<Target<unknown> | Emitted<T>, void>;

const untilEmitted = asyncio.coroutine(function* untilEmitted<T>(
  body: ItemsBody<T>,
  first: () => Step<T>,
): asyncio.CoroutineGenerator<IteratorResult<T, void>> {
  let next = advance("generator", first);
  for (;;) {
    if (next.done === true) return { done: true, value: undefined };
    const { value } = next;
    if (value instanceof Emitted) return { done: false, value: value.value };
    next = advance("generator", yield* outcomeOf(body, value));
  }
}) as <T>(body: ItemsBody<T>, first: () => Step<T>) => asyncio.Coroutine<IteratorResult<T, void>>;
