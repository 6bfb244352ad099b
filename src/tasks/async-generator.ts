import type { Suspension } from "../core/contracts.js";
import { RuntimeError, StopAsyncIteration } from "../core/errors.js";
import { describe, functionName } from "../util/format.js";
import { coroutine, isGeneratorFunction, type Coroutine, type CoroutineGenerator } from "./coroutine.js";

/** What `yield* emit(value)` sends up to the consumer. */
class Emitted {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** Inside an async generator of generators, Python's `yield value`: gives the value out, and what `asend` sent back. */
export type Emit<T> = (value: T) => Generator<Suspension, unknown, unknown>;

function* emit(value: unknown): Generator<Suspension, unknown, unknown> {
  return yield new Emitted(value) as unknown as Suspension;
}

type Resume = (frame: Generator<unknown, unknown, unknown>) => IteratorResult<unknown, unknown>;

/** Resumes the generator up to its next `emit`; what it awaits on the way is awaited by the caller's task. */
const advance = coroutine(function* (generator: AsyncGeneratorObject<unknown>, resume: Resume) {
  const frame = generator.begin();
  try {
    let step = resume(frame);
    for (;;) {
      if (step.done === true) {
        generator.finished = true;
        return { done: true as const, value: undefined };
      }
      if (step.value instanceof Emitted) return { done: false as const, value: step.value.value };
      let sent: unknown;
      try {
        sent = yield step.value as Suspension;
      } catch (error) {
        step = frame.throw(error);
        continue;
      }
      step = frame.next(sent);
    }
  } catch (error) {
    generator.finished = true;
    throw error;
  } finally {
    generator.running = false;
  }
});

/**
 * An async generator written as a generator: `yield* emit(value)` is Python's `yield value`, every other `yield*` awaits. Runs inside its
 * consumer's task and context. Made by calling what `asyncGenerator()` returns.
 */
export class AsyncGeneratorObject<T> implements AsyncIterable<T> {
  readonly name: string;
  readonly #frame: CoroutineGenerator<unknown>;
  #started = false;
  /** Between a resumption and the next `emit`. @internal */
  running = false;
  /** @internal */ finished = false;

  /** @internal */
  constructor(frame: CoroutineGenerator<unknown>, name: string) {
    this.#frame = frame;
    this.name = name;
  }

  /** The next value. StopAsyncIteration at the end. Python's `__anext__`. */
  anext(): Coroutine<T> {
    return this.asend(undefined);
  }

  /** Resumes with `value` as the result of `yield* emit(...)`. */
  asend(value: unknown): Coroutine<T> {
    return this.#orStop((frame) => {
      if (!this.#started && value !== undefined && value !== null) {
        throw new TypeError("can't send non-null value to a just-started async generator");
      }
      this.#started = true;
      return frame.next(value);
    });
  }

  /** Throws into the generator at its `emit`; gives the next value, if it goes on. */
  athrow(error: unknown): Coroutine<T> {
    return this.#orStop((frame) => {
      this.#started = true;
      return frame.throw(error);
    });
  }

  /** Ends the generator: its `finally` blocks run and may await. RuntimeError if it emits nevertheless. */
  aclose(): Coroutine<void> {
    return close(this as AsyncGeneratorObject<unknown>);
  }

  /** For `for await` in async functions; a `break` closes the generator at once. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    const step = (resume: Resume) => advance(this as AsyncGeneratorObject<unknown>, resume) as Coroutine<IteratorResult<T, undefined>>;
    return {
      next: async () => (this.finished ? { done: true, value: undefined } : await step((frame) => frame.next(undefined))),
      return: async () => {
        await this.aclose();
        return { done: true, value: undefined };
      },
    };
  }

  toString(): string {
    return `<async generator ${this.name}>`;
  }

  /** @internal */
  begin(): CoroutineGenerator<unknown> {
    if (this.running) throw new RuntimeError(`${this.toString()} is already running: wait for the last anext(), asend() or aclose() first`);
    this.running = true;
    return this.#frame;
  }

  #orStop(resume: Resume): Coroutine<T> {
    return nextOrStop(this as AsyncGeneratorObject<unknown>, resume) as Coroutine<T>;
  }
}

const nextOrStop = coroutine(function* (generator: AsyncGeneratorObject<unknown>, resume: Resume) {
  if (generator.finished) throw new StopAsyncIteration(`${generator.toString()} has ended`);
  const step = yield* advance(generator, resume);
  if (step.done) throw new StopAsyncIteration(`${generator.toString()} has ended`);
  return step.value;
});

const close = coroutine(function* (generator: AsyncGeneratorObject<unknown>) {
  if (generator.finished) return;
  const step = yield* advance(generator, (frame) => frame.return(undefined));
  if (!step.done) throw new RuntimeError(`${generator.toString()} ignored aclose(): it emitted in a finally block`);
});

/**
 * Makes an async generator function of a generator function, whose first parameter is `emit`.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * const ticks = asyncio.asyncGenerator(function* (emit: asyncio.Emit<number>, count: number) {
 *   for (let i = 0; i < count; i++) {
 *     yield* asyncio.sleep(0.001);
 *     yield* emit(i);
 *   }
 * });
 * await asyncio.run(async () => {
 *   let sum = 0;
 *   for await (const tick of ticks(4)) sum += tick;
 *   console.log(sum); // 6
 * });
 * ```
 *
 * Mirrors `async def` with `yield`.
 */
export function asyncGenerator<T, A extends unknown[]>(
  fn: (emit: Emit<T>, ...args: A) => CoroutineGenerator<unknown>,
): (...args: A) => AsyncGeneratorObject<T> {
  if (typeof fn !== "function" || !isGeneratorFunction(fn)) throw new TypeError(`fn must be a generator function, got ${describe(fn)}`);
  return (...args) => new AsyncGeneratorObject<T>(fn(emit, ...args), functionName(fn));
}
