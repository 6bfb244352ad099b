import { running } from "./current-task.js";

export type Handler = ((argument: unknown) => unknown) | null | undefined;

/** Stands for the outcome before there is one. */
const UNSETTLED = Symbol("unsettled");

interface Deferred {
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
}

/**
 * What `then` returns: the outcome of the handlers, for `awaitable.then(f).then(g)` written by hand. `await` never looks at it, so a
 * promise is made only when somebody does, or to report an error that a handler threw.
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

  /** The awaitable has a result. Whoever awaits it runs in the microtasks that follow. */
  fulfil(value: unknown): void {
    running.drain = true;
    const handler = this.#onFulfilled;
    this.#onFulfilled = this.#onRejected = null;
    if (typeof handler === "function") this.#call(handler, value);
    else this.#settle(value);
  }

  /** The awaitable has failed. */
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

  /** A rejected promise even if nobody has chained: Node reports it as unhandled unless somebody does in time. */
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
