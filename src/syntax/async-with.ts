/** Context managers: asyncWith and withManager, and the interfaces of the managers. */
import type { Awaitable as AwaitableContract, Suspension } from "../core/contracts.js";
import { GeneratorExit } from "../core/errors.js";
import { describe } from "../util/format.js";
import { isGeneratorFunction } from "../core/generators.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { SyncAwaitable } from "../tasks/fast-path.js";
import { awaitCall, awaitResult, type Body } from "./await-call.js";
import { closeScope, currentScope, openScope, startInScope } from "../tasks/current-task.js";

/** How a block ended: the argument of `aexit` and `exit`. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly error: unknown };

/** An asynchronous context manager for `asyncWith`. A true result of `aexit` suppresses the block's error. */
export interface AsyncManager<T, S = unknown> {
  aenter(): PromiseLike<T> | AwaitableContract<T>;
  aexit(outcome: Outcome): PromiseLike<S> | AwaitableContract<S>;
}

/** A synchronous context manager for `withManager`. A true result of `exit` suppresses the block's error. */
export interface Manager<T, S = unknown> {
  enter(): T;
  exit(outcome: Outcome): S;
}

/** Set on managers that cancel their block: such a cancellation must only reach the awaits inside the block. */
export const scoped: unique symbol = Symbol("uvio.scoped");

/** Set on managers whose `aenter` and `aexit` return uvio awaitables that have not started. */
export const lazy: unique symbol = Symbol("uvio.lazy");

/** The base class of objects that are closed at the end of their block, of `asyncWith()` or `await using`. */
export abstract class AsyncClosable implements AsyncDisposable {
  get [lazy](): true {
    return true;
  }

  abstract close(): Coroutine<void>;

  /** For `asyncWith(it, ...)`: gives it. */
  aenter(): SyncAwaitable<this> {
    return new SyncAwaitable(() => this);
  }

  /** For `asyncWith(it, ...)`: closes. */
  aexit(_outcome?: Outcome): Coroutine<void> {
    return this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const OK: Outcome = { ok: true };

/** The type of the block's value; includes undefined if the manager may suppress the block's error. */
type BlockResult<R, S> = true extends S ? R | undefined : boolean extends S ? R | undefined : R;

/**
 * Runs `body` inside an asynchronous context manager and returns its value, or undefined if the manager suppresses its error. The body is
 * an async function or a generator function. Mirrors Python's `async with manager as value: body`.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * const lock = new asyncio.Lock();
 * const value = await asyncio.run(async () => await asyncio.asyncWith(lock, async () => "inside"));
 * console.log(value); // inside
 * ```
 */
export function asyncWith<T, S, R>(manager: AsyncManager<T, S>, body: Body<[value: T], R>): Coroutine<BlockResult<R, S>> {
  if (typeof (manager as Partial<AsyncManager<T>> | null)?.aenter !== "function" || typeof manager.aexit !== "function") {
    const hint = typeof (manager as Partial<Manager<T>> | null)?.enter === "function" ? "; use withManager()" : "";
    throw new TypeError(`manager must have aenter() and aexit(), got ${describe(manager)}${hint}`);
  }
  if (typeof body !== "function") throw new TypeError(`body must be an async function or a generator function, got ${describe(body)}`);
  return runBlock(manager, body as Body<[unknown], unknown>) as Coroutine<BlockResult<R, S>>;
}

/** Calls a manager's method and awaits the result. An async method starts under the current task and cancel scope. */
function* callManager(manager: AsyncManager<unknown>, call: () => unknown, method: object): Generator<Suspension, unknown, unknown> {
  // Neither a lazy manager's method nor a generator function runs anything before its result is awaited, so they need no scope.
  const result = lazy in manager || isGeneratorFunction(method) ? call() : startInScope(currentScope()!, call);
  return yield* awaitResult(result, method);
}

const runBlock = coroutine(function* asyncWith(manager: AsyncManager<unknown>, body: Body<[unknown], unknown>) {
  const scope = scoped in manager ? openScope() : null;
  /** True iff the manager was entered and `aexit` has not been called yet. */
  let inside = false;
  try {
    const value = yield* callManager(manager, () => manager.aenter(), manager.aenter);
    inside = true;
    let result: unknown;
    try {
      result = yield* awaitCall(body, value);
    } catch (error) {
      inside = false;
      if (yield* callManager(manager, () => manager.aexit({ ok: false, error }), manager.aexit)) return undefined;
      throw error;
    }
    inside = false;
    yield* callManager(manager, () => manager.aexit(OK), manager.aexit);
    return result;
  } finally {
    // Still inside: neither the body nor an error has ended the block. So the coroutine or async generator around it is being closed.
    if (inside) yield* callManager(manager, () => manager.aexit({ ok: false, error: new GeneratorExit("closed") }), manager.aexit);
    closeScope(scope);
  }
});

/**
 * Runs the synchronous `body` inside a context manager and returns its value, or undefined if the manager suppresses its error. Mirrors
 * Python's `with manager as value: body`.
 */
export function withManager<T, S, R>(manager: Manager<T, S>, body: (value: T) => R): BlockResult<R, S> {
  if (typeof (manager as Partial<Manager<T>> | null)?.enter !== "function" || typeof manager.exit !== "function") {
    throw new TypeError(`manager must have enter() and exit(), got ${describe(manager)}`);
  }
  const value = manager.enter();
  let result: R;
  try {
    result = body(value);
  } catch (error) {
    if (manager.exit({ ok: false, error })) return undefined as BlockResult<R, S>;
    throw error;
  }
  manager.exit(OK);
  return result as BlockResult<R, S>;
}
