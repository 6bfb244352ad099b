/** Reports errors of futures that were never retrieved, once the future is garbage. asyncio's "exception was never retrieved". */
import { creationSite } from "../core/creation-site.js";
import type { EventLoop, ExceptionContext } from "../core/contracts.js";
import { reportException } from "../core/exception-report.js";

/** One weak reference for each loop that a future has failed on. */
const weakLoops = new WeakMap<EventLoop, WeakRef<EventLoop>>();

function weaken(loop: EventLoop): WeakRef<EventLoop> {
  let weak = weakLoops.get(loop);
  if (weak === undefined) weakLoops.set(loop, (weak = new WeakRef(loop)));
  return weak;
}

/**
 * The report about a failed future. Both the registry and the future hold it, so that the future itself stays collectable; and so it must
 * not hold the loop, by which the future may be reached.
 */
export class Retrieval {
  readonly #loop: WeakRef<EventLoop>;
  readonly kind: string;
  readonly sourceTraceback: string | undefined;
  /** The error was read: by result(), exception() or an await. */
  retrieved = false;
  #exception: unknown;

  constructor(future: Failed, exception: unknown) {
    this.#loop = weaken(future.loop);
    this.kind = future.kind();
    this.sourceTraceback = creationSite(future);
    this.#exception = exception;
  }

  /** Called by the future. Drops the error, whose stack may hold the future. */
  markRetrieved(): void {
    this.retrieved = true;
    this.#exception = undefined;
  }

  report(): void {
    if (this.retrieved) return;
    const context: ExceptionContext = {
      message: `${this.kind} exception was never retrieved`,
      exception: this.#exception,
      ...(this.sourceTraceback === undefined ? {} : { sourceTraceback: this.sourceTraceback }),
    };
    const loop = this.#loop.deref();
    if (loop === undefined) reportException(context); // The loop is garbage, and with it its exception handler.
    else loop.callExceptionHandler(context);
  }

  /** Formats the stack. V8 keeps an error's frames, and with them the task that they ran in, until `stack` is read; then only the text. */
  releaseFrames(): void {
    try {
      if (!this.retrieved) void (this.#exception as Error | null | undefined)?.stack;
    } catch {
      // `stack` may be a getter of the program that throws.
    }
  }
}

interface Failed {
  readonly loop: EventLoop;
  kind(): string;
}

const registry = new FinalizationRegistry<Retrieval>((retrieval) => retrieval.report());

/** The futures that failed since releaseAll() last ran. Most errors are retrieved at once; stacks are formatted only for the others. */
let fresh: Retrieval[] = [];

function releaseAll(): void {
  const retrievals = fresh;
  fresh = [];
  for (const retrieval of retrievals) retrieval.releaseFrames();
}

/** Turns of the loop after which an error counts as never retrieved; 0 waits for the garbage collector, as asyncio does. */
let promptTurns = 0;

/**
 * Sets when errors of tasks and futures that were never retrieved are reported: `turns` turns of the loop after they failed. 0, the
 * default, waits for the garbage collector. Throws TypeError unless `turns` is an integer of 0 or more. Beyond asyncio.
 */
export function reportUnretrievedAfter(turns: number): void {
  if (!Number.isInteger(turns) || turns < 0) throw new TypeError(`turns must be an integer of 0 or more, got ${String(turns)}`);
  promptTurns = turns;
}

export function watchRetrieval(future: Failed, exception: unknown): Retrieval {
  const retrieval = new Retrieval(future, exception);
  if (promptTurns > 0 && !future.loop.isClosed()) {
    countDown(future.loop, retrieval, promptTurns);
  } else {
    registry.register(future as object, retrieval);
    if (fresh.push(retrieval) === 1) setImmediate(releaseAll);
  }
  return retrieval;
}

function countDown(loop: EventLoop, retrieval: Retrieval, turns: number): void {
  if (retrieval.retrieved) return;
  if (turns === 0) retrieval.report();
  else loop.callSoon(countDown, loop, retrieval, turns - 1);
}
