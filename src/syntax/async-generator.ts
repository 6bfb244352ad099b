import type { AsyncGenerators, Closable, EventLoop, Suspension } from "../core/contracts.js";
import { RuntimeError, StopAsyncIteration } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { describe, functionName } from "../util/format.js";
import { coroutine, isGeneratorFunction, type Coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import { leaveScopes, running } from "../tasks/current-task.js";

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

/** The generator itself; the loop keeps it until it has ended. What users hold is the object around it, which may become garbage before. */
class Core implements Closable {
  readonly name: string;
  readonly frame: CoroutineGenerator<unknown>;
  started = false;
  finished = false;
  /** Between a resumption and the next `emit`. */
  #running = false;
  #generators: AsyncGenerators | null = null;

  constructor(frame: CoroutineGenerator<unknown>, name: string) {
    this.frame = frame;
    this.name = name;
  }

  /** `handle`: the object whose end as garbage closes the generator. */
  begin(handle: object | null): void {
    if (this.#running)
      throw new RuntimeError(`${this.toString()} is already running: wait for the last anext(), asend() or aclose() first`);
    this.#running = true;
    if (this.#generators !== null) return;
    const loop = getRunningLoop();
    this.#generators = loop.asyncGenerators;
    this.#generators.add(this);
    if (handle !== null) abandoned.register(handle, { loop, core: this });
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

/** A generator that somebody has begun and forgotten still runs its `finally` blocks, as in Python. */
const abandoned = new FinalizationRegistry<{ loop: EventLoop; core: Core }>(({ loop, core }) => {
  if (core.finished || !loop.isRunning()) return; // At shutdown the loop closes what is left by itself.
  loop.asyncGenerators.delete(core); // Closed here, and only here.
  loop.createTask(core.aclose());
});

/** Resumes the generator up to its next `emit`; what it awaits on the way is awaited by the caller's task. */
const advance = coroutine(function* (core: Core, handle: object | null, resume: Resume) {
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
    // As in Python: otherwise it would pass for the generator's end.
    if (error instanceof StopAsyncIteration) throw new RuntimeError("async generator raised StopAsyncIteration", { cause: error });
    throw error;
  } finally {
    core.pause();
  }
});

const nextOrStop = coroutine(function* (core: Core, handle: object, resume: Resume) {
  if (core.finished) throw new StopAsyncIteration(`${core.toString()} has ended`);
  const step = yield* advance(core, handle, resume);
  if (step.done) throw new StopAsyncIteration(`${core.toString()} has ended`);
  return step.value;
});

const close = coroutine(function* (core: Core, handle: object | null) {
  if (core.finished) return;
  if (!core.started) return core.finish(); // None of it has run: nothing to clean up.
  const step = yield* advance(core, handle, (frame) => frame.return(undefined));
  if (!step.done) throw new RuntimeError(`${core.toString()} ignored aclose(): it emitted in a finally block`);
});

/**
 * An async generator written as a generator: `yield* emit(value)` is Python's `yield value`, every other `yield*` awaits. Runs inside its
 * consumer's task and context. Made by calling what `asyncGenerator()` returns.
 */
export class AsyncGeneratorObject<T> implements AsyncIterable<T> {
  readonly #core: Core;

  /** @internal */
  constructor(frame: CoroutineGenerator<unknown>, name: string) {
    this.#core = new Core(frame, name);
  }

  get name(): string {
    return this.#core.name;
  }

  /** The next value. StopAsyncIteration at the end. Python's `__anext__`. */
  anext(): Coroutine<T> {
    return this.asend(undefined);
  }

  /** Resumes with `value` as the result of `yield* emit(...)`. */
  asend(value: unknown): Coroutine<T> {
    const core = this.#core;
    return this.#orStop((frame) => {
      if (!core.started && value !== undefined && value !== null) {
        throw new TypeError("can't send non-null value to a just-started async generator");
      }
      core.started = true;
      return frame.next(value);
    });
  }

  /** Throws into the generator at its `emit`; gives the next value, if it goes on. */
  athrow(error: unknown): Coroutine<T> {
    const core = this.#core;
    return this.#orStop((frame) => {
      core.started = true;
      return frame.throw(error);
    });
  }

  /** Ends the generator: its `finally` blocks run and may await. RuntimeError if it emits nevertheless. */
  aclose(): Coroutine<void> {
    return close(this.#core, this);
  }

  /** For `for await` in async functions; a `break` closes the generator at once. */
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
