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
 * Returns a manager without any effect, for `withManager()` and `asyncWith()`: a stand-in for an optional manager. The block gets `value`,
 * or null. It can be used for several blocks. Mirrors contextlib.nullcontext.
 */
export function nullContext(): AsyncManager<null, void> & Manager<null, void>;
export function nullContext<T>(value: T): AsyncManager<T, void> & Manager<T, void>;
export function nullContext(value: unknown = null): AsyncManager<unknown, void> & Manager<unknown, void> {
  return new NullContext(value);
}
