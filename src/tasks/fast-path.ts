import type { Suspension } from "../core/contracts.js";
import { awaiting, Awaitable } from "./awaitable.js";
import { fulfilled, rejected } from "./await.js";
import { check } from "../util/check.js";

/** What `attempt` of an Immediate returns when it has to wait. */
export const WOULD_BLOCK: unique symbol = Symbol("not yet");

type Handler<A, R> = ((argument: A) => R | PromiseLike<R>) | null | undefined;

/**
 * A library call that often needs not wait: reading what is buffered, taking a free lock. Nothing happens before it is awaited; then
 * `attempt` is tried first, and only where that cannot give a result a coroutine is made of `wait`.
 */
export abstract class FastPathAwaitable<T> extends Awaitable<T> {
  /** The result, or NOT_YET; may throw. @internal */
  abstract tryNow(): T | typeof WOULD_BLOCK;
  /** The frame that waits. */
  protected abstract slowPath(): Iterator<Suspension, T, unknown>;

  override [Symbol.iterator](): Iterator<Suspension, T, unknown> {
    const result = this.tryNow();
    return result === WOULD_BLOCK ? this.slowPath() : new Done(result);
  }

  override then<A = T, B = never>(onFulfilled?: Handler<T, A>, onRejected?: Handler<unknown, B>): PromiseLike<A | B> {
    let result: T | typeof WOULD_BLOCK;
    try {
      result = this.tryNow();
    } catch (error) {
      return rejected(error, onFulfilled as (value: unknown) => unknown, onRejected as (error: unknown) => unknown) as PromiseLike<A | B>;
    }
    if (result === WOULD_BLOCK) {
      return awaiting.then(
        this as Awaitable<unknown>,
        onFulfilled as Handler<never, unknown>,
        onRejected as Handler<never, unknown>,
      ) as PromiseLike<A | B>;
    }
    return fulfilled(result, onFulfilled as (value: unknown) => unknown, onRejected as (error: unknown) => unknown) as PromiseLike<A | B>;
  }
}

/** The frame of an awaitable that has its result. */
class Done<T> implements Iterator<Suspension, T, unknown> {
  readonly done = true;
  readonly value: T;

  constructor(value: T) {
    this.value = value;
  }

  next(): IteratorReturnResult<T> {
    return this; // Itself the result record: nothing more is allocated.
  }

  throw(error: unknown): IteratorReturnResult<T> {
    throw error;
  }

  return(): IteratorReturnResult<T> {
    return this;
  }
}

/** An awaitable that acts when it is awaited and never waits: `aenter` and `aexit` of managers that need not. */
export class SyncAwaitable<T> extends FastPathAwaitable<T> {
  readonly #act: () => T;

  constructor(act: () => T) {
    super();
    this.#act = act;
  }

  override tryNow(): T {
    return this.#act();
  }

  protected override slowPath(): Generator<Suspension, T, unknown> {
    check(false, "an Immediately never waits");
  }
}
