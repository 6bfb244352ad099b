import { SyncAwaitable } from "../tasks/fast-path.js";
import type { AsyncManager, Manager } from "../syntax/async-with.js";

class NullContext<T> implements AsyncManager<T, void>, Manager<T, void> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  enter(): T {
    return this.#value;
  }

  exit(): void {}

  aenter(): SyncAwaitable<T> {
    return new SyncAwaitable(() => this.#value);
  }

  aexit(): SyncAwaitable<void> {
    return new SyncAwaitable(() => undefined);
  }
}

/**
 * A manager that does nothing, for `withManager` and `asyncWith` alike, where there is sometimes something to manage and sometimes not: gives the
 * block `value`, or null. May be used again. Mirrors contextlib.nullcontext.
 */
export function nullContext(): AsyncManager<null, void> & Manager<null, void>;
export function nullContext<T>(value: T): AsyncManager<T, void> & Manager<T, void>;
export function nullContext(value: unknown = null): AsyncManager<unknown, void> & Manager<unknown, void> {
  return new NullContext(value);
}
