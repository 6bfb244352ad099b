/** `suppress()`: a manager that ignores errors of some classes. */
import { CancelledError, isCancelled, KeyboardInterrupt } from "../core/errors.js";
import { ExceptionGroup } from "../core/exception-group.js";
import { SyncAwaitable } from "../tasks/fast-path.js";
import type { AsyncManager, Manager, Outcome } from "../syntax/async-with.js";
import { describe } from "../util/format.js";

/** A class of errors. */
export type ErrorClass = abstract new (...args: never[]) => unknown;

class Suppress implements AsyncManager<void, boolean>, Manager<void, boolean> {
  readonly #classes: readonly ErrorClass[];

  constructor(classes: readonly ErrorClass[]) {
    this.#classes = classes;
  }

  enter(): void {}

  exit(outcome: Outcome): boolean {
    if (outcome.ok) return false;
    const { error } = outcome;
    if (this.#matches(error)) return true;
    if (!(error instanceof ExceptionGroup)) return false;
    const [matching, rest] = error.split((one) => this.#matches(one));
    if (rest === null) return true;
    if (matching === null) return false;
    throw rest;
  }

  aenter(): SyncAwaitable<void> {
    return new SyncAwaitable(() => undefined);
  }

  aexit(outcome: Outcome): SyncAwaitable<boolean> {
    return new SyncAwaitable(() => this.exit(outcome));
  }

  #matches(error: unknown): boolean {
    return this.#classes.some((type) => error instanceof type && !passes(error, type));
  }
}

/**
 * Whether the error is one of Python's BaseExceptions and `type` is a general class such as Error. Python's `except Exception` does not
 * catch them, so a general class does not match them here either.
 */
function passes(error: unknown, type: ErrorClass): boolean {
  if (isCancelled(error)) return CancelledError.prototype instanceof type;
  return error instanceof KeyboardInterrupt && KeyboardInterrupt.prototype instanceof type;
}

/**
 * Returns a manager, for `withManager()` and `asyncWith()`, that suppresses errors of these classes. Of an ExceptionGroup, the matching
 * errors are removed. CancelledError and KeyboardInterrupt are suppressed only if they are named, as with Python's `suppress(Exception)`.
 * The manager can be used for several blocks, also nested.
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import { suppress } from "uvio/contextlib";
 *
 * const value = asyncio.withManager(suppress(SyntaxError), () => JSON.parse("{") as unknown);
 * console.log(value); // undefined
 * ```
 *
 * Mirrors contextlib.suppress.
 */
export function suppress(...classes: ErrorClass[]): AsyncManager<void, boolean> & Manager<void, boolean> {
  for (const type of classes)
    if (typeof type !== "function") throw new TypeError(`the arguments of suppress() must be classes of errors, got ${describe(type)}`);
  return new Suppress(classes);
}
