/** Awaitables that can often complete without waiting, and then cost neither a coroutine nor a turn. */
import type { Suspension } from "../core/contracts.js";
import { awaiting, Awaitable } from "./awaitable.js";
import { fulfilled, rejected } from "./await.js";
import { check } from "../util/check.js";

/** Returned by `tryNow` if it would have to wait. */
export const WOULD_BLOCK: unique symbol = Symbol("not yet");

type Handler<A, R> = ((argument: A) => R | PromiseLike<R>) | null | undefined;

/**
 * A call that can often complete without waiting: reading what is buffered, taking a free lock. Nothing happens before it is awaited. Then
 * `tryNow` is called; only if it returns WOULD_BLOCK, a frame of `slowPath` is created.
 */
export abstract class FastPathAwaitable<T> extends Awaitable<T> {
  /** The result, or WOULD_BLOCK. May throw. @internal */
  abstract tryNow(): T | typeof WOULD_BLOCK;
  /** The frame that waits, after WOULD_BLOCK. */
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
      return rejected(error, onRejected as (error: unknown) => unknown) as PromiseLike<A | B>;
    }
    if (result === WOULD_BLOCK) {
      return awaiting.then(
        this as Awaitable<unknown>,
        onFulfilled as Handler<never, unknown>,
        onRejected as Handler<never, unknown>,
      ) as PromiseLike<A | B>;
    }
    return fulfilled(result, onFulfilled as (value: unknown) => unknown) as PromiseLike<A | B>;
  }
}

/** The frame of an awaitable that has its result. It is its own iterator result, so nothing more is allocated. */
class Done<T> implements Iterator<Suspension, T, unknown> {
  readonly done = true;
  readonly value: T;

  constructor(value: T) {
    this.value = value;
  }

  next(): IteratorReturnResult<T> {
    return this;
  }

  throw(error: unknown): IteratorReturnResult<T> {
    throw error;
  }

  return(): IteratorReturnResult<T> {
    return this;
  }
}

/** An awaitable that acts when it is awaited and never waits, for `aenter` and `aexit` that are synchronous. */
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
    check(false, "a SyncAwaitable never waits");
  }
}
