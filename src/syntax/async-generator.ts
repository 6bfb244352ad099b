/** Async generators for generator coroutines: asyncGenerator and the objects that its functions create. */
import type { AsyncGenerators, Closable, EventLoop, Suspension } from "../core/contracts.js";
import { RuntimeError, StopAsyncIteration } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { describe, functionName } from "../util/format.js";
import { isGeneratorFunction } from "../core/generators.js";
import { coroutine, type Coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import { leaveScopes, running } from "../tasks/current-task.js";

/** The value that `yield* emit(value)` passes to the consumer. Its class distinguishes it from a suspension. */
class Emitted {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** The type of `emit`: `yield* emit(value)` emits the value and returns the argument of `asend`, as Python's `yield value` does. */
export type Emit<T> = (value: T) => Generator<Suspension, unknown, unknown>;

function* emit(value: unknown): Generator<Suspension, unknown, unknown> {
  return yield new Emitted(value) as unknown as Suspension;
}

type Resume = (frame: Generator<unknown, unknown, unknown>) => IteratorResult<unknown, unknown>;

/**
 * The state of an async generator. The loop refers to it until it has finished; users only hold the AsyncGeneratorObject around it. So
 * when that object becomes garbage first, the generator was abandoned and is closed.
 *
 * - started: its code has begun to run. Set by the first resumption; without it, closing has nothing to run.
 * - running: between a resumption and the next `emit`. Set by `begin`, cleared by `pause`; a second resumption is an error.
 * - finished: its code has returned or thrown, or it was closed before it started. Set by `finish`; final.
 */
class Core implements Closable {
  readonly name: string;
  readonly frame: CoroutineGenerator<unknown>;
  started = false;
  finished = false;
  #running = false;
  /** The set of running generators of the loop on which it was first resumed; null before. */
  #generators: AsyncGenerators | null = null;
  /** The user's object; weak, because its garbage collection closes the generator. */
  #handle: WeakRef<AsyncGeneratorObject<unknown>> | null = null;

  constructor(frame: CoroutineGenerator<unknown>, name: string) {
    this.frame = frame;
    this.name = name;
  }

  /** Marks the generator as running. The garbage collection of `handle` closes the generator. */
  begin(handle: AsyncGeneratorObject<unknown> | null): void {
    if (this.#running) throw new RuntimeError(`${this.toString()} is already running; await the last anext(), asend() or aclose() first`);
    this.#running = true;
    if (this.#generators !== null) return;
    const loop = getRunningLoop();
    this.#generators = loop.asyncGenerators;
    this.#generators.add(this);
    if (handle === null) return;
    this.#handle = new WeakRef(handle);
    abandoned.register(handle, { loop: new WeakRef(loop), core: new WeakRef(this) });
  }

  /** The object of the user, or another one of the same generator if that is garbage. */
  object(): AsyncGeneratorObject<unknown> {
    return this.#handle?.deref() ?? new AsyncGeneratorObject(this);
  }

  pause(): void {
    this.#running = false;
  }

  finish(): void {
    this.finished = true;
    this.#generators?.delete(this);
  }

  aclose(): Coroutine<void> {
    return close(this, null);
  }

  toString(): string {
    return `<async generator ${this.name}>`;
  }
}

/**
 * Closes generators that were started and abandoned, so that their `finally` blocks run, as in Python. This happens only when the
 * garbage collector runs, and not once the loop has stopped; shutdownAsyncgens closes the rest. The registry must hold neither the loop nor
 * the generator: by them the user's object may be reached, as from a task of a loop that was forgotten.
 */
const abandoned = new FinalizationRegistry<{ loop: WeakRef<EventLoop>; core: WeakRef<Core> }>((refs) => {
  const loop = refs.loop.deref();
  const core = refs.core.deref();
  if (loop === undefined || core === undefined || core.finished || !loop.isRunning()) return;
  loop.asyncGenerators.delete(core); // So that shutdownAsyncgens does not close it a second time.
  loop.createTask(core.aclose());
});

/** Resumes the generator until its next `emit`. The caller's task awaits everything that the generator awaits on the way. */
const advance = coroutine(function* (core: Core, handle: AsyncGeneratorObject<unknown> | null, resume: Resume) {
  core.begin(handle);
  const { frame } = core;
  const scope = running.driver?.scope ?? null;
  try {
    let step = resume(frame);
    for (;;) {
      if (step.done === true) {
        core.finish();
        return { done: true as const, value: undefined };
      }
      if (step.value instanceof Emitted) {
        leaveScopes(scope);
        return { done: false as const, value: step.value.value };
      }
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
    core.finish();
    // As in Python. Otherwise the error would be mistaken for the end of the generator.
    if (error instanceof StopAsyncIteration) throw new RuntimeError("async generator raised StopAsyncIteration", { cause: error });
    throw error;
  } finally {
    core.pause();
  }
});

const nextOrStop = coroutine(function* (core: Core, handle: AsyncGeneratorObject<unknown>, resume: Resume) {
  if (core.finished) throw new StopAsyncIteration(`${core.toString()} has ended`);
  const step = yield* advance(core, handle, resume);
  if (step.done) throw new StopAsyncIteration(`${core.toString()} has ended`);
  return step.value;
});

const throwInto = coroutine(function* (core: Core, handle: AsyncGeneratorObject<unknown>, error: unknown) {
  if (core.finished) return undefined;
  return yield* nextOrStop(core, handle, (frame) => {
    core.started = true;
    return frame.throw(error);
  });
});

const send = coroutine(function* (core: Core, handle: AsyncGeneratorObject<unknown>, value: unknown) {
  if (!core.started && !core.finished) {
    // Outside of advance(), which takes an error for the generator's own end: this one leaves it as new as it was.
    throw new TypeError("can't send non-null value to a just-started async generator; the first call must be anext() or asend(null)");
  }
  return yield* nextOrStop(core, handle, (frame) => frame.next(value));
});

const close = coroutine(function* (core: Core, handle: AsyncGeneratorObject<unknown> | null) {
  if (core.finished) return;
  if (!core.started) return core.finish();
  const step = yield* advance(core, handle, (frame) => frame.return(undefined));
  if (!step.done) throw new RuntimeError(`${core.toString()} ignored aclose(): it emitted in a finally block`);
});

/**
 * A running async generator, created by calling a function from `asyncGenerator()`. In its code, `yield* emit(value)` emits a value and
 * any other `yield*` awaits. It runs inside the task and context of its consumer. Mirrors Python's asynchronous generator.
 */
export class AsyncGeneratorObject<T> implements AsyncIterable<T> {
  readonly #core: Core;

  /** @internal */
  constructor(core: Core) {
    this.#core = core;
  }

  /** The name of the generator function. */
  get name(): string {
    return this.#core.name;
  }

  /** Returns the next value. Rejects with StopAsyncIteration at the end. Mirrors Python's `__anext__`. */
  anext(): Coroutine<T> {
    return this.asend(undefined);
  }

  /**
   * Resumes the generator with `value` as the result of its `yield* emit(...)`, and returns the next value. Rejects with
   * StopAsyncIteration at the end, and with TypeError if the generator has not started and `value` is not null or undefined.
   */
  asend(value: unknown): Coroutine<T> {
    const core = this.#core;
    if (value !== undefined && value !== null) return send(core, this, value) as Coroutine<T>;
    return this.#orStop((frame) => {
      core.started = true;
      return frame.next(value);
    });
  }

  /**
   * Throws `error` at the generator's `emit` and returns the next value. Rejects with the error if the generator does not handle it. If the
   * generator has ended, the error goes nowhere and the result is undefined, as in Python.
   */
  athrow(error: unknown): Coroutine<T> {
    return throwInto(this.#core, this, error) as Coroutine<T>;
  }

  /** Ends the generator. Its `finally` blocks run and may await. Rejects with RuntimeError if one of them emits. */
  aclose(): Coroutine<void> {
    return close(this.#core, this);
  }

  /** Returns an iterator for `for await` in async functions. Unlike `asyncFor`, a `break` closes the generator. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    const core = this.#core;
    return {
      next: async () => {
        if (core.finished) return { done: true, value: undefined };
        core.started = true;
        return (await advance(core, this, (frame) => frame.next(undefined))) as IteratorResult<T, undefined>;
      },
      return: async () => {
        await this.aclose();
        return { done: true, value: undefined };
      },
    };
  }

  toString(): string {
    return this.#core.toString();
  }

  #orStop(resume: Resume): Coroutine<T> {
    return nextOrStop(this.#core, this, resume) as Coroutine<T>;
  }
}

/**
 * Turns a generator function, whose first parameter is `emit`, into an async generator function. Throws TypeError for any other function.
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
 * Mirrors Python's `async def` with `yield`.
 */
export function asyncGenerator<T, A extends unknown[]>(
  fn: (emit: Emit<T>, ...args: A) => CoroutineGenerator<unknown>,
): (...args: A) => AsyncGeneratorObject<T> {
  if (typeof fn !== "function" || !isGeneratorFunction(fn)) throw new TypeError(`fn must be a generator function, got ${describe(fn)}`);
  return (...args) => new AsyncGeneratorObject<T>(new Core(fn(emit, ...args), functionName(fn)));
}
