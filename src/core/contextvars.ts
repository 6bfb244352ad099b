/**
 * Context variables: values that follow a task and the callbacks it schedules. Mirrors Python's contextvars.
 *
 * A Context holds an immutable map that `ContextVar.set` replaces, so that copying one, which happens at every `callSoon`, is one
 * small allocation.
 */
import { LookupError, RuntimeError, ValueError } from "./errors.js";
import { describe } from "../util/format.js";

type Bindings = ReadonlyMap<ContextVar<unknown>, unknown>;

const NO_BINDINGS: Bindings = new Map();
const MISSING = Symbol("no value");
const WRAPPED = Symbol("wrapped");

/**
 * The values of all context variables, as seen by one task or callback. Mirrors contextvars.Context.
 *
 * ```ts
 * import { ContextVar, copyContext } from "uvio/contextvars";
 *
 * const level = new ContextVar("level", { default: 0 });
 * const context = copyContext();
 * context.run(() => level.set(9)); // In that context only.
 * console.log(context.get(level), level.get()); // 9 0
 * ```
 */
export class Context {
  /** Replaced, never changed, by ContextVar.set and reset. @internal */
  bindings: Bindings;
  #entered = false;
  /** This context as it is now, shared by all the handles that were scheduled since it last changed. */
  #snapshot: Context | null = null;
  /** This is such a snapshot: it never changes, `set` in it makes a context of its own first. */
  #frozen = false;

  constructor() {
    this.bindings = NO_BINDINGS;
  }

  /** Calls `fn(...args)` with this as the current context. RuntimeError if it is entered already. */
  run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): R {
    if (this.#entered || contextState.current === this) {
      throw new RuntimeError("cannot enter this Context: it is already entered; enter a copy(): copyContext().run(...)");
    }
    const previous = contextState.current;
    this.#entered = true;
    contextState.current = this;
    try {
      return fn(...args);
    } finally {
      contextState.current = previous;
      this.#entered = false;
    }
  }

  /** A function that calls `fn` in this context: for callSoon and the other calls that take no options. */
  wrap<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
    const wrapped = (...args: A): R => {
      if (contextState.current === this) return fn(...args);
      const previous = contextState.current;
      contextState.current = this;
      try {
        return fn(...args);
      } finally {
        contextState.current = previous;
      }
    };
    return Object.assign(wrapped, { [WRAPPED]: { fn, context: this } });
  }

  /** The variable's value in this context; undefined if it has none here (its default does not count). */
  get<T>(variable: ContextVar<T>): T | undefined {
    return this.bindings.get(variable as ContextVar<unknown>) as T | undefined;
  }

  /** Whether the variable was set in this context. */
  has<T>(variable: ContextVar<T>): boolean {
    return this.bindings.has(variable as ContextVar<unknown>);
  }

  /** Another context with the same values. */
  copy(): Context {
    const copy = new Context();
    copy.bindings = this.bindings;
    return copy;
  }

  /** A copy that is not written to: what a callback gets, until it sets a variable. @internal */
  snapshot(): Context {
    if (this.#frozen) return this;
    if (this.#snapshot === null) {
      this.#snapshot = this.copy();
      this.#snapshot.#frozen = true;
    }
    return this.#snapshot;
  }

  /** This context, or a copy that may be written to. @internal */
  own(): Context {
    return this.#frozen ? this.copy() : this;
  }

  /** @internal */
  replace(bindings: Bindings): void {
    this.bindings = bindings;
    this.#snapshot = null;
  }

  /** How many variables are set here. */
  get size(): number {
    return this.bindings.size;
  }

  /** The variables that are set here. */
  keys(): IterableIterator<ContextVar<unknown>> {
    return this.bindings.keys();
  }

  /** Their values, in the same order. */
  values(): IterableIterator<unknown> {
    return this.bindings.values();
  }

  /** Variables with their values. */
  entries(): IterableIterator<[ContextVar<unknown>, unknown]> {
    return this.bindings.entries();
  }

  [Symbol.iterator](): IterableIterator<ContextVar<unknown>> {
    return this.keys();
  }
}

/** What `context.wrap` was given, of what it has made; null of any other function. @internal */
export function unwrapped(fn: object): { fn: (...args: never[]) => unknown; context: Context } | null {
  return (fn as { [WRAPPED]?: { fn: (...args: never[]) => unknown; context: Context } })[WRAPPED] ?? null;
}

/** The context of code that runs in no task and no callback. One per thread, since each thread loads this module anew. @internal */
export const threadContext = new Context();

/** By name, for values that come from another thread; null for a name that two variables have. */
const declared = new Map<string, WeakRef<ContextVar<unknown>> | null>();

/** The one variable of that name in this thread; null if there is none, or more than one. @internal */
export function declaredVariable(name: string): ContextVar<unknown> | null {
  return declared.get(name)?.deref() ?? null;
}

/** Which context is current; for the few places that run somebody's code. @internal */
export const contextState: { current: Context | null; inherited: () => Context | null } = {
  /** Set while a callback or a generator frame runs; null between them. */
  current: null,
  /** Asked when `current` is null: the context of the async function that is running, if any. Set by tasks/cancel-scope.ts. */
  inherited: () => null,
};

/** @internal */
export function currentContext(): Context {
  return contextState.current ?? contextState.inherited() ?? threadContext;
}

/** The current context, to be written to. */
function writableContext(): Context {
  const context = currentContext();
  const own = context.own();
  if (own !== context) contextState.current = own; // A callback's snapshot: only a callback has one, and so it is current here.
  return own;
}

/** A copy of the current context: what is set in it later is not seen outside of it. Mirrors contextvars.copy_context. */
export function copyContext(): Context {
  return currentContext().copy();
}

/** Undoes one `set`; for `ContextVar.reset`. Mirrors contextvars.Token. */
export class Token<T> {
  static readonly MISSING: unique symbol = MISSING as never;
  readonly variable: ContextVar<T>;
  /** The value before the `set`, or Token.MISSING. */
  readonly oldValue: T | typeof Token.MISSING;
  /** @internal */ readonly context: Context;
  /** @internal */ used = false;

  /** @internal */
  constructor(context: Context, variable: ContextVar<T>, oldValue: T | typeof Token.MISSING) {
    this.context = context;
    this.variable = variable;
    this.oldValue = oldValue;
  }
}

/**
 * A variable with a value of its own in each task. Declare it at module level.
 * `new ContextVar("requestId", { default: null })`. Mirrors contextvars.ContextVar.
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import { ContextVar } from "uvio/contextvars";
 *
 * const user = new ContextVar("user", { default: "nobody" });
 * await asyncio.run(async () => {
 *   const greet = async (name: string) => {
 *     user.set(name);
 *     await asyncio.sleep(0);
 *     return user.get();
 *   };
 *   console.log(await asyncio.gather(() => greet("ann"), () => greet("bob")), user.get()); // [ 'ann', 'bob' ] nobody
 * });
 * ```
 */
export class ContextVar<T> {
  readonly name: string;
  readonly #default: T | typeof MISSING;

  constructor(name: string, options: { default?: T } = {}) {
    if (typeof name !== "string") throw new TypeError(`name must be a string, got ${describe(name)}`);
    this.name = name;
    if (typeof options !== "object" || options === null) throw new TypeError(`options must be { default }, got ${describe(options)}`);
    this.#default = "default" in options ? (options.default as T) : MISSING;
    const namesake = declared.get(name);
    const unique = namesake === undefined || (namesake !== null && namesake.deref() === undefined);
    declared.set(name, unique ? new WeakRef(this as ContextVar<unknown>) : null);
  }

  /** The current value, else `fallback` if given, else the variable's default, else LookupError. */
  get(...fallback: [] | [fallback: T]): T {
    const bindings = currentContext().bindings;
    const value = bindings.get(this as ContextVar<unknown>);
    if (value !== undefined || bindings.has(this as ContextVar<unknown>)) return value as T;
    if (fallback.length > 0) return fallback[0] as T;
    if (this.#default !== MISSING) return this.#default;
    throw new LookupError(`ContextVar "${this.name}" has no value here; set() it, or give get() or the variable a default`);
  }

  /** Sets the value in the current context. The token undoes it. */
  set(value: T): Token<T> {
    const context = writableContext();
    const key = this as ContextVar<unknown>;
    const token = new Token<T>(context, this, context.has(this) ? (context.get(this) as T) : Token.MISSING);
    context.replace(new Map(context.bindings).set(key, value));
    return token;
  }

  /** Restores the value before the `set` that gave the token. RuntimeError for a used token, ValueError for another variable's or context's. */
  reset(token: Token<T>): void {
    if (!(token instanceof Token)) throw new TypeError(`token must be a Token from set(), got ${describe(token)}`);
    if (token.used) throw new RuntimeError(`this Token of ContextVar "${this.name}" has already been used once`);
    if (token.variable !== this) throw new ValueError(`this Token was created by ContextVar "${token.variable.name}", not "${this.name}"`);
    const context = currentContext();
    if (token.context !== context) throw new ValueError(`this Token of ContextVar "${this.name}" was created in a different Context`);
    token.used = true;
    const bindings = new Map(context.bindings);
    if (token.oldValue === Token.MISSING) bindings.delete(this as ContextVar<unknown>);
    else bindings.set(this as ContextVar<unknown>, token.oldValue);
    context.replace(bindings);
  }
}
