/** Reports errors of futures that nobody ever asked for, once the future is garbage: asyncio's "exception was never retrieved". */
import { creationSite } from "../core/creation-site.js";
import type { EventLoop } from "../core/contracts.js";

/** Lives outside the future, which must be collectable: the registry holds this, and the future holds this. */
export class Retrieval {
  readonly loop: EventLoop;
  readonly kind: string;
  readonly sourceTraceback: string | undefined;
  /** Somebody has asked for the error, also by awaiting. */
  retrieved = false;
  #exception: unknown;

  constructor(future: Failed, exception: unknown) {
    this.loop = future.loop;
    this.kind = future.kind();
    this.sourceTraceback = creationSite(future);
    this.#exception = exception;
  }

  /** Called by the future. The error is let go: its stack may hold the future. */
  markRetrieved(): void {
    this.retrieved = true;
    this.#exception = undefined;
  }

  report(): void {
    if (this.retrieved) return;
    this.loop.callExceptionHandler({
      message: `${this.kind} exception was never retrieved`,
      exception: this.#exception,
      ...(this.sourceTraceback === undefined ? {} : { sourceTraceback: this.sourceTraceback }),
    });
  }

  /** V8 keeps an error's frames, and with them the task they ran in, until somebody reads `stack`: then it keeps the text only. */
  releaseFrames(): void {
    try {
      if (!this.retrieved) void (this.#exception as Error | null | undefined)?.stack;
    } catch {
      // A getter of the user's.
    }
  }
}

interface Failed {
  readonly loop: EventLoop;
  kind(): string;
}

const registry = new FinalizationRegistry<Retrieval>((retrieval) => retrieval.report());

/** Of the futures that failed since `releaseAll` last ran. Most errors are asked for at once; only of the others the stack is made. */
let fresh: Retrieval[] = [];

function releaseAll(): void {
  const retrievals = fresh;
  fresh = [];
  for (const retrieval of retrievals) retrieval.releaseFrames();
}

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
  const retrieval = new Retrieval(future, exception);
  if (promptTurns > 0 && !retrieval.loop.isClosed()) {
    countDown(retrieval, promptTurns);
  } else {
    registry.register(future as object, retrieval);
    if (fresh.push(retrieval) === 1) setImmediate(releaseAll);
  }
  return retrieval;
}

function countDown(retrieval: Retrieval, turns: number): void {
  if (retrieval.retrieved) return;
  if (turns === 0) retrieval.report();
  else retrieval.loop.callSoon(countDown, retrieval, turns - 1);
}
