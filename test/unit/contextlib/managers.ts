/** Generator-made managers written once, for every spelling. `yield* on(x)` is Python's `await x`, `yield* give(x)` its `yield x`. */
import type * as asyncio from "uvio";
import { asyncContextManager, type AsyncContextManager } from "uvio/contextlib";
import type { LoopTest } from "../../support/loops.js";
import { eachLoop } from "../../support/loops.js";
import { SPELLINGS, Writer, type Spelling, type Target } from "../../support/spellings.js";
import { advance, outcomeOf } from "../../support/writing.js";

class Given {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

export type ManagerBody = Generator<Target<unknown> | Given, void, unknown>;
type Step = IteratorResult<Target<unknown> | Given, void>;

/** Python's `yield value`. */
export function* give(value?: unknown): Generator<Given, unknown, unknown> {
  return yield new Given(value);
}

/** `@asynccontextmanager`, on an async generator function or on a generator function. */
export function managerFunction<T, A extends unknown[]>(
  spelling: Spelling,
  body: (...args: A) => ManagerBody,
): (...args: A) => AsyncContextManager<T> {
  if (spelling === "generator") {
    return asyncContextManager(function* (emit: asyncio.Emit<T>, ...args: A) {
      const inner = body(...args);
      let ended = false;
      try {
        let next: Step = advance(spelling, () => inner.next());
        while (next.done !== true) {
          const { value } = next;
          next = advance(spelling, value instanceof Given ? yield* emitted(inner, emit(value.value as T)) : yield* outcomeOf(inner, value));
        }
        ended = true;
      } catch (error) {
        ended = true;
        throw error;
      } finally {
        if (!ended) yield* rest(inner);
      }
    });
  }
  return asyncContextManager(async function* (...args: A) {
    const inner = body(...args);
    let closing = false;
    let next: Step = advance(spelling, () => inner.next());
    try {
      while (next.done !== true) {
        const { value } = next;
        let resume: () => Step;
        try {
          closing = value instanceof Given; // Only return() can end the generator at this `yield`.
          const result = value instanceof Given ? ((yield value.value as T) as unknown) : await value;
          resume = () => inner.next(result);
        } catch (error) {
          resume = () => inner.throw(error);
        }
        closing = false;
        next = advance(spelling, resume);
      }
    } finally {
      if (closing) advance(spelling, () => inner.return());
    }
  });
}

/** At an `emit`: what the manager sends or throws goes on to the body. */
function* emitted(inner: ManagerBody, emit: Generator<asyncio.Suspension, unknown, unknown>): asyncio.CoroutineGenerator<() => Step> {
  let sent: unknown;
  try {
    sent = yield* emit;
  } catch (error) {
    return () => inner.throw(error);
  }
  return () => inner.next(sent);
}

/** Closes the body: its `finally` blocks may await. */
function* rest(inner: ManagerBody): asyncio.CoroutineGenerator<void> {
  let next = advance("generator", () => inner.return());
  while (next.done !== true) next = advance("generator", yield* outcomeOf(inner, next.value as Target<unknown>));
}

/** The argument of a test of managers. */
export interface ManagerTest {
  readonly loops: LoopTest;
  readonly spelling: Spelling;
  readonly writer: Writer;
  /** `@asynccontextmanager`. */
  manager<T, A extends unknown[]>(body: (...args: A) => ManagerBody): (...args: A) => AsyncContextManager<T>;
}

/** Registers `body` for each loop and spelling. */
export function eachSpelling(name: string, body: (t: ManagerTest) => Promise<void>): void {
  for (const spelling of SPELLINGS) {
    eachLoop(`${name} [${spelling}]`, (loops) =>
      body({ loops, spelling, writer: new Writer(spelling), manager: (manager) => managerFunction(spelling, manager) }),
    );
  }
}
