import type { EventEmitter } from "node:events";
import type { Suspension } from "../core/contracts.js";
import { getRunningLoop } from "../core/running.js";
import { describe } from "../util/format.js";
import { checkSignal, failOnAbort, type Abortable } from "./abort-signal.js";
import { Awaitable } from "../tasks/awaitable.js";
import { Future } from "../tasks/future.js";

class Once extends Awaitable<unknown[]> {
  readonly #emitter: EventEmitter;
  readonly #event: string | symbol;
  readonly #signal: AbortSignal | undefined;

  constructor(emitter: EventEmitter, event: string | symbol, signal: AbortSignal | undefined) {
    super();
    this.#emitter = emitter;
    this.#event = event;
    this.#signal = signal;
  }

  override *[Symbol.iterator](): Generator<Suspension, unknown[], unknown> {
    this.#signal?.throwIfAborted();
    const emitter = this.#emitter;
    const future = new Future<unknown[]>({ loop: getRunningLoop() });
    const onEvent = (...args: unknown[]): void => {
      if (future.canSettle()) future.setResult(args);
    };
    const onError = (error: unknown): void => {
      if (future.canSettle()) future.failWith(error);
    };
    const dispose = this.#signal === undefined ? null : failOnAbort(future, this.#signal);
    emitter.on(this.#event, onEvent);
    if (this.#event !== "error") emitter.on("error", onError);
    try {
      return yield* future;
    } finally {
      emitter.removeListener(this.#event, onEvent);
      emitter.removeListener("error", onError);
      dispose?.();
    }
  }
}

/**
 * Waits for the next `event` of a node:events emitter and returns the event's arguments. Rejects with the emitter's "error" event.
 * Unlike `once` of node:events, it starts listening when it is awaited, and it stops when the task is cancelled. Beyond asyncio.
 *
 * ```ts
 * import { EventEmitter } from "node:events";
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const emitter = new EventEmitter();
 *   asyncio.getRunningLoop().callSoon(() => emitter.emit("level", 10));
 *   const [level] = await asyncio.once(emitter, "level");
 *   console.log(level); // 10
 * });
 * ```
 */
export function once(emitter: EventEmitter, event: string | symbol, options: Abortable = {}): Awaitable<unknown[]> {
  if (typeof (emitter as Partial<EventEmitter> | null)?.on !== "function")
    throw new TypeError(`emitter must be an EventEmitter, got ${describe(emitter)}`);
  checkSignal(options.signal);
  return new Once(emitter, event, options.signal);
}
