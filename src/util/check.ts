/** Thrown when uvio itself is wrong; never expected, never caught. */
export class InternalError extends Error {
  override name = "InternalError";
}

/** An invariant that stays on in production. */
export function check(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new InternalError(`uvio invariant broken: ${invariant}`);
}
