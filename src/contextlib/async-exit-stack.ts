import { coroutine, type Coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import { SyncAwaitable } from "../tasks/fast-path.js";
import { scoped, type AsyncManager, type Manager, type Outcome } from "../syntax/async-with.js";
import { describe } from "../util/format.js";
import { callAndWait } from "./call.js";
import { BaseExitStack, Unwinding, type Registered } from "./exit-stack.js";

/** What `pushAsyncExit()` takes: a manager, of which only `aexit()` will be called, or such an async or generator function. */
export type AsyncExit = Pick<AsyncManager<unknown>, "aexit"> | ((outcome: Outcome) => PromiseLike<unknown> | CoroutineGenerator<unknown>);

/**
 * Any number of managers, of both kinds, in one block, entered as it goes: they exit in reverse order when the block ends. What an exit suppresses
 * or throws, the exits before it see, as in nested blocks.
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
 * A `timeout()` or TaskGroup entered on it cancels what is awaited inside the stack's block. Mirrors contextlib.AsyncExitStack.
 */
export class AsyncExitStack extends BaseExitStack implements AsyncManager<AsyncExitStack, boolean> {
  /** What is entered on the stack may cancel, and cancels what the stack's block awaits. */
  readonly [scoped] = true;

  /** Enters a manager and registers its exit; gives what `aenter()` gave. TypeError for what is not one. */
  enterAsyncContext<T>(manager: AsyncManager<T>): Coroutine<T> {
    if (typeof (manager as Partial<AsyncManager<T>> | null | undefined)?.aenter !== "function" || typeof manager.aexit !== "function") {
      const hint = typeof (manager as Partial<Manager<T>> | null | undefined)?.enter === "function" ? "; use enterContext()" : "";
      throw new TypeError(`the asynchronous context manager protocol is aenter() and aexit(), got ${describe(manager)}${hint}`);
    }
    return enterManager(this, manager) as Coroutine<T>;
  }

  /** Registers a manager's `aexit()`, without entering it, or a function that is called like one: with the outcome; returns it. */
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

  /** Registers `callback(...args)`, an async or generator function, which is not told the outcome and cannot suppress an error; returns it. */
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

  /** Runs the exits, last in first out. */
  aexit(outcome: Outcome): Coroutine<boolean> {
    return unwind(this, outcome);
  }

  /** Runs the exits now. */
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
