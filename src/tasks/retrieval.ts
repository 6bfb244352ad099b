/** Reports errors of futures that nobody ever asked for, once the future is garbage: asyncio's "exception was never retrieved". */
import { creationSite } from "../core/creation-site.js";
import type { EventLoop } from "../core/contracts.js";

/** Lives outside the future, which must be collectable: the registry holds this, and the future holds this. */
export interface Retrieval {
  /** Set by the future when somebody asked for the error, also by awaiting. */
  retrieved: boolean;
  readonly loop: EventLoop;
  readonly exception: unknown;
  readonly kind: string;
  readonly sourceTraceback: string | undefined;
}

interface Failed {
  readonly loop: EventLoop;
  kind(): string;
}

function report({ retrieved, loop, exception, kind, sourceTraceback }: Retrieval): void {
  if (retrieved) return;
  loop.callExceptionHandler({
    message: `${kind} exception was never retrieved`,
    exception,
    ...(sourceTraceback === undefined ? {} : { sourceTraceback }),
  });
}

const registry = new FinalizationRegistry<Retrieval>(report);

/** Turns of the loop after which an error counts as forgotten in prompt mode; 0 waits for the garbage collector, as asyncio does. */
let promptTurns = 0;

/**
 * Reports errors of tasks and futures that nobody has asked for `turns` turns of the loop after they failed, instead of when the garbage
 * collector finds them; 0 restores that. Beyond asyncio.
 */
export function reportUnretrievedAfter(turns: number): void {
  if (!Number.isInteger(turns) || turns < 0) throw new TypeError(`turns must be an integer of 0 or more, got ${String(turns)}`);
  promptTurns = turns;
}

export function watchRetrieval(future: Failed, exception: unknown): Retrieval {
  const { loop } = future;
  const sourceTraceback = creationSite(future);
  const retrieval: Retrieval = { retrieved: false, loop, exception, kind: future.kind(), sourceTraceback };
  if (promptTurns > 0 && !loop.isClosed()) countDown(retrieval, promptTurns);
  else registry.register(future as object, retrieval);
  return retrieval;
}

function countDown(retrieval: Retrieval, turns: number): void {
  if (retrieval.retrieved) return;
  if (turns === 0) report(retrieval);
  else retrieval.loop.callSoon(countDown, retrieval, turns - 1);
}
