import type { AsyncManager, Manager, Outcome } from "../syntax/async-with.js";
import { className, describe, functionName } from "../util/format.js";
import { isAsync, mustBeAwaited } from "./call.js";

/** What `push()` takes: a manager, of which only `exit()` will be called, or such a function. */
export type Exit = Pick<Manager<unknown>, "exit"> | ((outcome: Outcome) => unknown);

/** An exit to come. What it returns is awaited if `awaited`; a true result suppresses the error. */
export interface Registered {
  /** The function that will be called: how it is called depends on its kind. */
  readonly fn: object;
  readonly awaited: boolean;
  readonly call: (outcome: Outcome) => unknown;
}

const OK: Outcome = { ok: true };

/** How far the unwinding has come: each exit may suppress, replace or raise an error, as in nested blocks. */
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

  /** Throws what an exit has raised; else says whether the block's error is suppressed. */
  finish(): boolean {
    if (this.#raised && !this.outcome.ok) throw this.outcome.error;
    return this.#received && this.#suppressed;
  }
}

/** What ExitStack and AsyncExitStack have in common. */
export abstract class BaseExitStack {
  /** Last in, first out. @internal */
  protected exits: Registered[] = [];

  /** Enters a manager and registers its exit; gives what `enter()` gave. TypeError for what is not one. */
  enterContext<T>(manager: Manager<T>): T {
    if (typeof (manager as Partial<Manager<T>> | null | undefined)?.enter !== "function" || typeof manager.exit !== "function") {
      const hint =
        typeof (manager as Partial<AsyncManager<T>> | null | undefined)?.aenter === "function" ? "; use enterAsyncContext()" : "";
      throw new TypeError(`the context manager protocol is enter() and exit(), got ${describe(manager)}${hint}`);
    }
    const value = manager.enter();
    this.push(manager);
    return value;
  }

  /** Registers a manager's `exit()`, without entering it, or a function that is called like one: with the outcome; returns it. */
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

  /** Registers `callback(...args)`, which is not told the outcome and cannot suppress an error; returns the callback. */
  callback<A extends unknown[], F extends (...args: A) => unknown>(callback: F, ...args: A): F {
    if (typeof callback !== "function") throw new TypeError(`callback must be a function, got ${describe(callback)}`);
    const call = (): unknown => {
      const result = callback(...args);
      return mustBeAwaited(result) ? result : false;
    };
    this.#register(callback, functionName(callback), "pushAsyncCallback", call);
    return callback;
  }

  /** Moves what is registered to a new stack, which it returns: nothing of it happens when this one's block ends. */
  popAll(): this {
    const other = new (this.constructor as new () => this)();
    other.exits = this.exits;
    this.exits = [];
    return other;
  }

  toString(): string {
    return `<${className(this)} of ${this.exits.length}>`;
  }

  /** A promise is always true: it must not suppress errors by mistake. */
  #register(fn: object, name: string, instead: string, call: (outcome: Outcome) => unknown): void {
    const why = `has to be awaited; use ${instead}() of an AsyncExitStack`;
    if (isAsync(fn)) throw new TypeError(`${name} ${why}`);
    const checked = (outcome: Outcome): unknown => {
      const result = call(outcome);
      if (mustBeAwaited(result)) throw new TypeError(`what ${name} returned, ${describe(result)}, ${why}`);
      return result;
    };
    this.exits.push({ fn, awaited: false, call: checked });
  }
}

/**
 * Any number of managers in one block, entered as it goes: they exit in reverse order when the block ends. What an exit suppresses or throws,
 * the exits before it see, as in nested blocks.
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

  /** Runs the exits now. */
  close(): void {
    this.exit(OK);
  }
}
