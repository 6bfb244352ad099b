import { isMainThread } from "node:worker_threads";
import type { Callback, EventLoop } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { Handle } from "../core/handles.js";
import { isGeneratorFunction } from "../core/generators.js";
import { isCoroutine, isCoroutineFunction } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import { signalName, type Signal } from "../core/signals.js";

/** The signal handlers of one loop. Node emits a signal between callbacks; the handler is then enqueued like any other callback. */
export class SignalHandlers {
  readonly #loop: EventLoop;
  readonly #listeners = new Map<NodeJS.Signals, () => void>();

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  add<A extends unknown[]>(signal: Signal, callback: Callback<A>, args: A): void {
    const name = signalName(signal);
    checkHandler(callback);
    if (!isMainThread) throw new RuntimeError("signals are delivered to the main thread only; add their handlers there");
    const loop = this.#loop;
    const handle = new Handle(loop, callback, args.length === 0 ? null : args);
    const listener = (): void => loop.enqueue(handle);
    try {
      process.on(name, listener);
    } catch {
      throw new RuntimeError(`${name} cannot be caught`);
    }
    // The old listener is removed after the new one was added: without a listener the signal would take its default action.
    this.remove(name);
    this.#listeners.set(name, listener);
  }

  remove(signal: Signal): boolean {
    const name = signalName(signal);
    const listener = this.#listeners.get(name);
    if (listener === undefined) return false;
    this.#listeners.delete(name);
    process.removeListener(name, listener);
    return true;
  }

  removeAll(): void {
    for (const name of this.#listeners.keys()) this.remove(name);
  }
}

function checkHandler(callback: unknown): void {
  const isFunction = typeof callback === "function";
  if (isCoroutine(callback) || isCoroutineFunction(callback) || (isFunction && isGeneratorFunction(callback))) {
    throw new TypeError(`coroutines cannot be used with addSignalHandler(): ${describe(callback)}; use a function that calls createTask()`);
  }
  if (!isFunction) throw new TypeError(`callback must be a function, got ${describe(callback)}`);
}
