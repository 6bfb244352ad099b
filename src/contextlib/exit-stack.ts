/** `ExitStack`, and the base that it shares with AsyncExitStack. */
import type { AsyncManager, Manager, Outcome } from "../syntax/async-with.js";
import { className, describe, functionName } from "../util/format.js";
import { isAsync, mustBeAwaited } from "./call.js";

/** The argument of `push()`: a manager, of which only `exit()` is called, or a function in its place. */
export type Exit = Pick<Manager<unknown>, "exit"> | ((outcome: Outcome) => unknown);

/** A registered exit. Its result is awaited if `awaited` is true. A truthy result suppresses the error. */
export interface Registered {
  /** The user's function. Its kind decides how it is called. */
  readonly fn: object;
  readonly awaited: boolean;
  readonly call: (outcome: Outcome) => unknown;
}

const OK: Outcome = { ok: true };

/** The state of the unwinding. Each exit can suppress, replace or throw an error, as in nested blocks. */
export class Unwinding {
  outcome: Outcome;
  readonly #received: boolean;
  #suppressed = false;
  #raised = false;

  constructor(outcome: Outcome) {
    this.outcome = outcome;
    this.#received = !outcome.ok;
  }

  returned(suppress: unknown): void {
    if (!suppress) return;
    this.#suppressed = true;
    this.#raised = false;
    this.outcome = OK;
  }

  threw(error: unknown): void {
    this.#raised = true;
    this.outcome = { ok: false, error };
  }

  /** Throws the error that an exit threw, if it is still pending. Otherwise returns whether the block's error was suppressed. */
  finish(): boolean {
    if (this.#raised && !this.outcome.ok) throw this.outcome.error;
    return this.#received && this.#suppressed;
  }
}

/** The common base of ExitStack and AsyncExitStack. */
export abstract class BaseExitStack {
  /** The registered exits; the last one runs first. @internal */
  protected exits: Registered[] = [];

  /** Enters a manager and registers its exit. Returns the result of `enter()`. Throws TypeError unless it is a manager. */
  enterContext<T>(manager: Manager<T>): T {
    if (typeof (manager as Partial<Manager<T>> | null | undefined)?.enter !== "function" || typeof manager.exit !== "function") {
      const hint =
        typeof (manager as Partial<AsyncManager<T>> | null | undefined)?.aenter === "function" ? "; use enterAsyncContext()" : "";
      throw new TypeError(`manager must support the context manager protocol, enter() and exit(), got ${describe(manager)}${hint}`);
    }
    const value = manager.enter();
    this.push(manager);
    return value;
  }

  /** Registers the `exit()` of a manager without entering it, or a function that gets the outcome in its place. Returns the argument. */
  push<E extends Exit>(exit: E): E {
    if (typeof (exit as Partial<Manager<unknown>> | null | undefined)?.exit === "function") {
      const manager = exit as Manager<unknown>;
      this.#register(manager.exit, `exit() of ${className(manager)}`, "pushAsyncExit", (outcome) => manager.exit(outcome));
    } else if (typeof exit === "function") {
      this.#register(exit, functionName(exit), "pushAsyncExit", exit as (outcome: Outcome) => unknown);
    } else {
      throw new TypeError(`exit must be a manager or a function, got ${describe(exit)}`);
    }
    return exit;
  }

  /** Registers `callback(...args)`. It does not get the outcome and cannot suppress an error. Returns the callback. */
  callback<A extends unknown[], F extends (...args: A) => unknown>(callback: F, ...args: A): F {
    if (typeof callback !== "function") throw new TypeError(`callback must be a function, got ${describe(callback)}`);
    const call = (): unknown => {
      const result = callback(...args);
      return mustBeAwaited(result) ? result : false;
    };
    this.#register(callback, functionName(callback), "pushAsyncCallback", call);
    return callback;
  }

  /** Moves the registered exits to a new stack and returns it. They no longer run when this stack's block ends. */
  popAll(): this {
    const other = new (this.constructor as new () => this)();
    other.exits = this.exits;
    this.exits = [];
    return other;
  }

  toString(): string {
    return `<${className(this)} of ${this.exits.length}>`;
  }

  /** Registers an exit and checks that its result is not awaitable. A promise is truthy and would suppress every error by mistake. */
  #register(fn: object, name: string, instead: string, call: (outcome: Outcome) => unknown): void {
    const why = `must be awaited; use ${instead}() of an AsyncExitStack`;
    if (isAsync(fn)) throw new TypeError(`${name} ${why}`);
    const checked = (outcome: Outcome): unknown => {
      const result = call(outcome);
      if (mustBeAwaited(result)) throw new TypeError(`the result of ${name}, ${describe(result)}, ${why}`);
      return result;
    };
    this.exits.push({ fn, awaited: false, call: checked });
  }
}

/**
 * Combines any number of managers in one block. They are entered one by one and exit in reverse order when the block ends. An exit can
 * suppress or replace the error that the following exits get, as in nested blocks.
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import { ExitStack } from "uvio/contextlib";
 *
 * asyncio.withManager(new ExitStack(), (stack) => {
 *   for (const name of ["first", "second"]) stack.callback(() => console.log("closing", name));
 * });
 * ```
 *
 * Mirrors contextlib.ExitStack.
 */
export class ExitStack extends BaseExitStack implements Manager<ExitStack, boolean> {
  enter(): this {
    return this;
  }

  exit(outcome: Outcome): boolean {
    const unwinding = new Unwinding(outcome);
    for (let next = this.exits.pop(); next !== undefined; next = this.exits.pop()) {
      try {
        unwinding.returned(next.call(unwinding.outcome));
      } catch (error) {
        unwinding.threw(error);
      }
    }
    return unwinding.finish();
  }

  /** Runs the exits now, in reverse order. */
  close(): void {
    this.exit(OK);
  }
}
