import type { Runner } from "./cancel-scope.js";
import { delegatesOf } from "./call-stack.js";

/** One frame of a suspended coroutine: what JavaScript can know of it. */
export interface StackEntry {
  /** The function's name. */
  readonly name: string;
}

/** The coroutines a runner is inside of, outermost first: exact in debug mode, otherwise only the outermost. */
export function stackOf(runner: Runner, outermost: string): StackEntry[] {
  const delegates = delegatesOf(runner);
  if (delegates.length === 0) return [{ name: outermost }];
  return delegates.map(({ name }) => ({ name }));
}
