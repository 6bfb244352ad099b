/** `AsyncExitStack`: a variable number of managers of both kinds, exited in reverse order. */
import { coroutine, type Coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import { SyncAwaitable } from "../tasks/fast-path.js";
import { scoped, type AsyncManager, type Manager, type Outcome } from "../syntax/async-with.js";
import { describe } from "../util/format.js";
import { callAndWait } from "./call.js";
import { BaseExitStack, Unwinding, type Registered } from "./exit-stack.js";

/** The argument of `pushAsyncExit()`: a manager, of which only `aexit()` is called, or an async or generator function in its place. */
export type AsyncExit = Pick<AsyncManager<unknown>, "aexit"> | ((outcome: Outcome) => PromiseLike<unknown> | CoroutineGenerator<unknown>);

/**
 * Combines any number of managers, of both kinds, in one block. They are entered one by one and exit in reverse order when the block ends.
 * An exit can suppress or replace the error that the following exits get, as in nested blocks.
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import { AsyncExitStack } from "uvio/contextlib";
 *
 * const locks = [new asyncio.Lock(), new asyncio.Lock()];
 * await asyncio.run(async () => {
 *   await asyncio.asyncWith(new AsyncExitStack(), async (stack) => {
 *     for (const lock of locks) await stack.enterAsyncContext(lock);
 *     console.log(locks.map((lock) => lock.locked())); // [ true, true ]
 *   });
 *   console.log(locks.map((lock) => lock.locked())); // [ false, false ]
 * });
 * ```
 *
 * A `timeout()` or TaskGroup that is entered on the stack cancels what the stack's block awaits. Mirrors contextlib.AsyncExitStack.
 */
export class AsyncExitStack extends BaseExitStack implements AsyncManager<AsyncExitStack, boolean> {
  /** Managers on the stack can cancel: they cancel what the stack's block awaits. */
  readonly [scoped] = true;

  /** Enters a manager and registers its exit. Returns the result of `aenter()`. Throws TypeError unless it is a manager. */
  enterAsyncContext<T>(manager: AsyncManager<T>): Coroutine<T> {
    if (typeof (manager as Partial<AsyncManager<T>> | null | undefined)?.aenter !== "function" || typeof manager.aexit !== "function") {
      const hint = typeof (manager as Partial<Manager<T>> | null | undefined)?.enter === "function" ? "; use enterContext()" : "";
      throw new TypeError(
        `manager must support the asynchronous context manager protocol, aenter() and aexit(), got ${describe(manager)}${hint}`,
      );
    }
    return enterManager(this, manager) as Coroutine<T>;
  }

  /** Registers the `aexit()` of a manager without entering it, or a function that gets the outcome in its place. Returns the argument. */
  pushAsyncExit<E extends AsyncExit>(exit: E): E {
    if (typeof (exit as Partial<AsyncManager<unknown>> | null | undefined)?.aexit === "function") {
      const manager = exit as AsyncManager<unknown>;
      this.exits.push({ fn: manager.aexit, awaited: true, call: (outcome) => manager.aexit(outcome) });
    } else if (typeof exit === "function") {
      this.exits.push({ fn: exit, awaited: true, call: exit as (outcome: Outcome) => unknown });
    } else {
      throw new TypeError(`exit must be an asynchronous manager, or an async or generator function, got ${describe(exit)}`);
    }
    return exit;
  }

  /** Registers a call of an async or generator function. It does not get the outcome and cannot suppress an error. Returns the function. */
  pushAsyncCallback<A extends unknown[], F extends (...args: A) => PromiseLike<unknown> | CoroutineGenerator<unknown>>(
    callback: F,
    ...args: A
  ): F {
    if (typeof callback !== "function")
      throw new TypeError(`callback must be an async function or a generator function, got ${describe(callback)}`);
    const exit = function* (): CoroutineGenerator<void> {
      yield* callAndWait(() => callback(...args), callback);
    };
    this.exits.push({ fn: exit, awaited: true, call: exit });
    return callback;
  }

  aenter(): SyncAwaitable<this> {
    return new SyncAwaitable(() => this);
  }

  /** Runs the exits in reverse order. */
  aexit(outcome: Outcome): Coroutine<boolean> {
    return unwind(this, outcome);
  }

  /** Runs the exits now, in reverse order. */
  aclose(): Coroutine<void> {
    return closeStack(this);
  }

  /** @internal */
  takeLast(): Registered | undefined {
    return this.exits.pop();
  }
}

const enterManager = coroutine(function* enterAsyncContext(stack: AsyncExitStack, manager: AsyncManager<unknown>) {
  const value = yield* callAndWait(() => manager.aenter(), manager.aenter);
  stack.pushAsyncExit(manager);
  return value;
});

const unwind = coroutine(function* aexit(stack: AsyncExitStack, outcome: Outcome) {
  const unwinding = new Unwinding(outcome);
  for (let next = stack.takeLast(); next !== undefined; next = stack.takeLast()) {
    const { fn, awaited, call } = next;
    try {
      unwinding.returned(awaited ? yield* callAndWait(() => call(unwinding.outcome), fn) : call(unwinding.outcome));
    } catch (error) {
      unwinding.threw(error);
    }
  }
  return unwinding.finish();
});

const closeStack = coroutine(function* aclose(stack: AsyncExitStack) {
  yield* unwind(stack, { ok: true });
});
