/**
 * Several errors thrown as one, for example by a TaskGroup. Throws TypeError if `errors` is empty. Mirrors Python's ExceptionGroup.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * const group = new asyncio.ExceptionGroup("two", [new TypeError("a type"), new RangeError("a range")]);
 * const [types, rest] = group.split((error) => error instanceof TypeError);
 * console.log(types?.errors.length, rest?.errors.length); // 1 1
 * ```
 */
export class ExceptionGroup extends AggregateError {
  override name = "ExceptionGroup";

  constructor(message: string, errors: Iterable<unknown>) {
    super(errors, message);
    if (this.errors.length === 0) throw new TypeError("errors must not be empty");
  }

  /** The same list as `errors`, under Python's name. */
  get exceptions(): readonly unknown[] {
    return this.errors as readonly unknown[];
  }

  /** Returns a group with only the errors that match, in the same nesting; null if no error matches. Mirrors ExceptionGroup.subgroup. */
  subgroup(matches: (error: unknown) => boolean): ExceptionGroup | null {
    return this.split(matches)[0];
  }

  /** Returns two groups in the same nesting: the errors that match, and the rest. An empty group is null. Mirrors ExceptionGroup.split. */
  split(matches: (error: unknown) => boolean): [matching: ExceptionGroup | null, rest: ExceptionGroup | null] {
    if (matches(this)) return [this, null];
    const matching: unknown[] = [];
    const rest: unknown[] = [];
    for (const error of this.exceptions) {
      if (error instanceof ExceptionGroup) {
        const [yes, no] = error.split(matches);
        if (yes !== null) matching.push(yes);
        if (no !== null) rest.push(no);
      } else {
        (matches(error) ? matching : rest).push(error);
      }
    }
    return [this.#derive(matching), this.#derive(rest)];
  }

  #derive(errors: unknown[]): ExceptionGroup | null {
    return errors.length === 0 ? null : new ExceptionGroup(this.message, errors);
  }
}
