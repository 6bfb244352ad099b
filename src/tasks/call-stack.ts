/** Debug mode: the stack of coroutines that a driver is inside of. */
import type { Suspension } from "../core/contracts.js";
import type { FrameDriver } from "./cancel-scope.js";
import { running } from "./current-task.js";

/** The coroutines that each driver is inside of by `yield*`, outermost first. */
const inside = new WeakMap<FrameDriver, { readonly name: string }[]>();

export function delegatesOf(driver: FrameDriver): readonly { readonly name: string }[] {
  return inside.get(driver) ?? [];
}

/**
 * A coroutine's frame that records itself in the stack of its driver. Every resumption passes through all frames from the outermost to the
 * innermost: each adds itself on the way in and removes itself when it ends.
 */
export class TracedFrame<T> implements Iterator<Suspension, T, unknown> {
  readonly name: string;
  readonly #frame: Iterator<Suspension, T, unknown>;

  constructor(name: string, frame: Iterator<Suspension, T, unknown>) {
    this.name = name;
    this.#frame = frame;
  }

  next(value: unknown): IteratorResult<Suspension, T> {
    return this.#resume(() => this.#frame.next(value));
  }

  throw(error: unknown): IteratorResult<Suspension, T> {
    return this.#resume(() => this.#frame.throw!(error));
  }

  return(value: T): IteratorResult<Suspension, T> {
    return this.#resume(() => this.#frame.return!(value));
  }

  #resume(resume: () => IteratorResult<Suspension, T>): IteratorResult<Suspension, T> {
    const driver = running.driver;
    let delegates = driver === null ? undefined : inside.get(driver);
    if (driver !== null && delegates === undefined) inside.set(driver, (delegates = []));
    if (delegates !== undefined && !delegates.includes(this)) delegates.push(this);
    let ended = true;
    try {
      const result = resume();
      ended = result.done === true;
      return result;
    } finally {
      if (ended && delegates !== undefined) delegates.splice(delegates.indexOf(this), 1);
    }
  }
}

/** One frame of a suspended coroutine. JavaScript reveals its name only. */
export interface StackEntry {
  /** The function's name. */
  readonly name: string;
}

/** The coroutines that a driver is inside of, outermost first. Exact in debug mode; otherwise only the outermost. */
export function stackOf(driver: FrameDriver, outermost: string): StackEntry[] {
  const delegates = delegatesOf(driver);
  if (delegates.length === 0) return [{ name: outermost }];
  return delegates.map(({ name }) => ({ name }));
}
