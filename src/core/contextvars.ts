/**
 * Context variables: values that follow a task and the callbacks it schedules. Mirrors Python's contextvars.
 *
 * Every `callSoon` copies the current context, so copying must be cheap. A Context therefore holds an immutable map, which
 * `ContextVar.set` replaces instead of changing it: a copy is one small allocation. Handles that are scheduled without a `set` in
 * between even share one copy, the context's snapshot. A snapshot is frozen: the first `set` in it continues in a copy of its own.
 */
import type { AsyncResource } from "node:async_hooks";
import { currentStores } from "./async-stores.js";
import { LookupError, RuntimeError, ValueError } from "./errors.js";
import { describe } from "../util/format.js";

type Bindings = ReadonlyMap<ContextVar<unknown>, unknown>;

const NO_BINDINGS: Bindings = new Map();
const MISSING = Symbol("no value");
const WRAPPED = Symbol("wrapped");

/**
 * The values of all context variables, as one task or callback sees them. Mirrors contextvars.Context.
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
  /** ContextVar.set and reset replace the map; it is never changed. @internal */
  bindings: Bindings;
  /** The stores of AsyncLocalStorages of the code that made the copy, which the loop's entry points enter; null if there are none. @internal */
  stores: AsyncResource | null = null;
  #entered = false;
  /** A frozen copy of the current state, shared by all handles scheduled since the last change. Cleared by `replace`. */
  #snapshot: Context | null = null;
  /** True iff this is a snapshot. It never changes: `set` in it copies the context first. */
  #frozen = false;

  constructor() {
    this.bindings = NO_BINDINGS;
  }

  /** Calls `fn(...args)` with this as the current context and returns its result. Throws RuntimeError if the context is already entered. */
  run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): R {
    if (this.#entered || contextState.current === this) {
      throw new RuntimeError("cannot enter this Context: it is already entered; enter a copy of it: context.copy().run(...)");
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

  /** Returns a function that calls `fn` in this context, for callSoon and other calls that do not take a `context` option. */
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

  /** Returns the variable's value in this context, or undefined if it was not set here. The variable's default is not used. */
  get<T>(variable: ContextVar<T>): T | undefined {
    return this.bindings.get(variable as ContextVar<unknown>) as T | undefined;
  }

  /** Whether the variable was set in this context. */
  has<T>(variable: ContextVar<T>): boolean {
    return this.bindings.has(variable as ContextVar<unknown>);
  }

  /** Returns a new context with the same values. Mirrors contextvars.Context.copy. */
  copy(): Context {
    return this.#copyWith(currentStores());
  }

  #copyWith(stores: AsyncResource | null): Context {
    const copy = new Context();
    copy.bindings = this.bindings;
    copy.stores = stores;
    return copy;
  }

  /** Returns the frozen copy in which a callback runs until it sets a variable, with the stores of the caller. @internal */
  snapshot(): Context {
    const stores = currentStores();
    // Stores may differ at each call, so only a snapshot without stores is shared.
    if (stores === null) {
      if (this.#frozen) return this;
      if (this.#snapshot !== null) return this.#snapshot;
    }
    const snapshot = this.#copyWith(stores);
    snapshot.#frozen = true;
    if (stores === null) this.#snapshot = snapshot;
    return snapshot;
  }

  /** Returns a context that may be changed: this one, or a copy with its stores if this one is frozen. @internal */
  own(): Context {
    return this.#frozen ? this.#copyWith(this.stores) : this;
  }

  /** Sets the bindings; the snapshot is out of date then. @internal */
  replace(bindings: Bindings): void {
    this.bindings = bindings;
    this.#snapshot = null;
  }

  /** The number of variables that are set in this context. */
  get size(): number {
    return this.bindings.size;
  }

  /** Iterates over the variables that are set in this context. */
  keys(): IterableIterator<ContextVar<unknown>> {
    return this.bindings.keys();
  }

  /** Iterates over the values, in the order of `keys`. */
  values(): IterableIterator<unknown> {
    return this.bindings.values();
  }

  /** Iterates over `[variable, value]` pairs. */
  entries(): IterableIterator<[ContextVar<unknown>, unknown]> {
    return this.bindings.entries();
  }

  [Symbol.iterator](): IterableIterator<ContextVar<unknown>> {
    return this.keys();
  }
}

/** Returns the function and the context that `context.wrap` made `fn` from; null if `fn` does not come from `wrap`. @internal */
export function unwrapped(fn: object): { fn: (...args: never[]) => unknown; context: Context } | null {
  return (fn as { [WRAPPED]?: { fn: (...args: never[]) => unknown; context: Context } })[WRAPPED] ?? null;
}

/** The context of code outside of tasks and callbacks. There is one per thread, because each thread loads this module again. @internal */
export const threadContext = new Context();

/** Variables by name, for values that come from another thread; null for a name that two variables share. */
const declared = new Map<string, WeakRef<ContextVar<unknown>> | null>();

/** Returns the only variable of that name in this thread; null if there is none, or more than one. @internal */
export function declaredVariable(name: string): ContextVar<unknown> | null {
  return declared.get(name)?.deref() ?? null;
}

/** The current context of this thread, for the few places that call into user code. @internal */
export const contextState: { current: Context | null; inherited: () => Context | null } = {
  /** Set while a callback or a generator frame runs; null between them. */
  current: null,
  /** Called when `current` is null: returns the context of the running async function, if any. Set by tasks/current-task.ts. */
  inherited: () => null,
};

/** Returns the context of the running callback, coroutine or async function, else the thread's. @internal */
export function currentContext(): Context {
  return contextState.current ?? contextState.inherited() ?? threadContext;
}

/** Returns the current context for a change; if it is frozen, a copy becomes current first. */
function writableContext(): Context {
  const context = currentContext();
  const own = context.own();
  if (own !== context) contextState.current = own; // Only a callback runs in a snapshot, so `current` is the one to replace.
  return own;
}

/** Returns a copy of the current context. A later `set` in one of the two does not affect the other. Mirrors contextvars.copy_context. */
export function copyContext(): Context {
  return currentContext().copy();
}

/** The result of `ContextVar.set`: `ContextVar.reset(token)` undoes that one `set`. Mirrors contextvars.Token. */
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
 * A variable that has its own value in each task. Declare it at module level, for example
 * `new ContextVar("requestId", { default: null })`. Mirrors contextvars.ContextVar.
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import { ContextVar } from "uvio/contextvars";
 *
 * const user = new ContextVar("user", { default: "guest" });
 * await asyncio.run(async () => {
 *   const greet = async (name: string) => {
 *     user.set(name);
 *     await asyncio.sleep(0);
 *     return user.get();
 *   };
 *   console.log(await asyncio.gather(() => greet("ann"), () => greet("bob")), user.get()); // [ 'ann', 'bob' ] guest
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

  /** Returns the current value, else `fallback` if given, else the variable's default. Throws LookupError if there is none of these. */
  get(...fallback: [] | [fallback: T]): T {
    const bindings = currentContext().bindings;
    const value = bindings.get(this as ContextVar<unknown>);
    if (value !== undefined || bindings.has(this as ContextVar<unknown>)) return value as T;
    if (fallback.length > 0) return fallback[0] as T;
    if (this.#default !== MISSING) return this.#default;
    throw new LookupError(`ContextVar "${this.name}" has no value here; set() it, or give get() or the variable a default`);
  }

  /** Sets the value in the current context. Pass the returned token to `reset` to undo it. */
  set(value: T): Token<T> {
    const context = writableContext();
    const key = this as ContextVar<unknown>;
    const token = new Token<T>(context, this, context.has(this) ? (context.get(this) as T) : Token.MISSING);
    context.replace(new Map(context.bindings).set(key, value));
    return token;
  }

  /**
   * Restores the value from before the `set` that returned the token. Throws RuntimeError if the token was used before, and ValueError
   * if it belongs to another variable or was created in another context.
   */
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
