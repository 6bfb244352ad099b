/** A bug in uvio: an invariant does not hold. It is never caught. */
export class InternalError extends Error {
  override name = "InternalError";
}

/** Throws InternalError unless the condition holds. The check also runs in production. */
export function check(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new InternalError(`uvio invariant broken: ${invariant}`);
}
