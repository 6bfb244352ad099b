/** Reports errors of futures that nobody ever asked for, once the future is garbage: asyncio's "exception was never retrieved". */
import type { EventLoop } from "../core/contracts.js";

/** Lives outside the future, which must be collectable: the registry holds this, and the future holds this. */
export interface Retrieval {
  /** Set by the future when somebody asked for the error, also by awaiting. */
  retrieved: boolean;
  readonly loop: EventLoop;
  readonly exception: unknown;
  readonly kind: string;
}

const registry = new FinalizationRegistry<Retrieval>(({ retrieved, loop, exception, kind }) => {
  if (!retrieved) loop.callExceptionHandler({ message: `${kind} exception was never retrieved`, exception });
});

export function watchRetrieval(future: object, loop: EventLoop, exception: unknown, kind: string): Retrieval {
  const retrieval: Retrieval = { retrieved: false, loop, exception, kind };
  registry.register(future, retrieval);
  return retrieval;
}
