/** The promise that `then` of an awaitable returns, and through which V8 resumes an async function. */
import { running } from "./current-task.js";

export type Handler = ((argument: unknown) => unknown) | null | undefined;

/** The outcome until there is one. */
const UNSETTLED = Symbol("unsettled");

interface Deferred {
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
}

/**
 * The promise derived by `awaitable.then(f)`: settles with what the handler returns. `await` passes V8's own handlers and ignores the
 * derived promise, so a native promise is created only for a chained `then(g)`, or to report an error that a handler threw.
 */
export class DerivedPromise implements PromiseLike<unknown> {
  #onFulfilled: Handler;
  #onRejected: Handler;
  #outcome: unknown = UNSETTLED;
  #deferred: Deferred | null = null;

  constructor(onFulfilled: Handler, onRejected: Handler) {
    this.#onFulfilled = onFulfilled;
    this.#onRejected = onRejected;
  }

  then<A, B>(
    onFulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    if (this.#deferred === null) {
      this.#deferred = defer();
      if (this.#outcome !== UNSETTLED) this.#deferred.resolve(this.#outcome);
    }
    return this.#deferred.promise.then(onFulfilled, onRejected);
  }

  /** Called when the awaitable has a result. The async function that awaits it runs in the microtasks that follow, hence `drain`. */
  fulfil(value: unknown): void {
    running.drain = true;
    const handler = this.#onFulfilled;
    this.#onFulfilled = this.#onRejected = null;
    if (typeof handler === "function") this.#call(handler, value);
    else this.#settle(value);
  }

  /** Called when the awaitable has failed. */
  reject(error: unknown): void {
    running.drain = true;
    const handler = this.#onRejected;
    this.#onFulfilled = this.#onRejected = null;
    if (typeof handler === "function") this.#call(handler, error);
    else this.#fail(error);
  }

  #call(handler: (argument: unknown) => unknown, argument: unknown): void {
    let outcome: unknown;
    try {
      outcome = handler(argument);
    } catch (error) {
      return this.#fail(error);
    }
    this.#settle(outcome);
  }

  #settle(outcome: unknown): void {
    this.#outcome = outcome;
    this.#deferred?.resolve(outcome);
  }

  /** Creates a rejected promise even if nothing is chained, so that Node reports the error as unhandled. */
  #fail(error: unknown): void {
    this.#deferred ??= defer();
    this.#deferred.resolve(Promise.reject(error));
  }
}

function defer(): Deferred {
  let resolve!: (value: unknown) => void;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
