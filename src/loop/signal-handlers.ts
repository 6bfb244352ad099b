import { isMainThread } from "node:worker_threads";
import type { Callback, EventLoop } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { Handle } from "../core/handles.js";
import { isGeneratorFunction } from "../core/generators.js";
import { isCoroutine, isCoroutineFunction } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import { signalName, type Signal } from "../core/signals.js";

type Listeners = Map<NodeJS.Signals, () => void>;

/** Removes the listeners of loops that were forgotten without close(). */
const forgotten = new FinalizationRegistry<Listeners>((listeners) => {
  for (const [name, listener] of listeners) process.removeListener(name, listener);
});

/**
 * The signal handlers of one loop. Node emits a signal between callbacks; the handler is then enqueued like any other callback. The process
 * holds the listeners, which therefore refer to this object, and by it to the loop, weakly.
 */
export class SignalHandlers {
  readonly #loop: EventLoop;
  readonly #listeners: Listeners = new Map();
  readonly #handles = new Map<NodeJS.Signals, Handle>();

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  add<A extends unknown[]>(signal: Signal, callback: Callback<A>, args: A): void {
    const name = signalName(signal);
    checkHandler(callback);
    if (!isMainThread) throw new RuntimeError("signals are delivered to the main thread only; add their handlers there");
    const handle = new Handle(this.#loop, callback, args.length === 0 ? null : args);
    const self = new WeakRef(this);
    const listener = (): void => {
      const handlers = self.deref();
      if (handlers !== undefined) handlers.#deliver(name);
    };
    try {
      process.on(name, listener);
    } catch {
      throw new RuntimeError(`${name} cannot be caught`);
    }
    // The old listener is removed after the new one was added: without a listener the signal would take its default action.
    this.remove(name);
    if (this.#listeners.size === 0) forgotten.register(this, this.#listeners, this);
    this.#listeners.set(name, listener);
    this.#handles.set(name, handle);
  }

  remove(signal: Signal): boolean {
    const name = signalName(signal);
    const listener = this.#listeners.get(name);
    if (listener === undefined) return false;
    this.#listeners.delete(name);
    this.#handles.delete(name);
    if (this.#listeners.size === 0) forgotten.unregister(this);
    process.removeListener(name, listener);
    return true;
  }

  removeAll(): void {
    for (const name of this.#listeners.keys()) this.remove(name);
  }

  #deliver(name: NodeJS.Signals): void {
    const handle = this.#handles.get(name);
    if (handle !== undefined) this.#loop.enqueue(handle);
  }
}

function checkHandler(callback: unknown): void {
  const isFunction = typeof callback === "function";
  if (isCoroutine(callback) || isCoroutineFunction(callback) || (isFunction && isGeneratorFunction(callback))) {
    throw new TypeError(`coroutines cannot be used with addSignalHandler(): ${describe(callback)}; use a function that calls createTask()`);
  }
  if (!isFunction) throw new TypeError(`callback must be a function, got ${describe(callback)}`);
}
