/** Scheduled callbacks: Handle, and TimerHandle for those with a deadline. */
import { currentContext, contextState, type Context } from "./contextvars.js";
import type { Callback, EventLoop, HandleLike, Runnable, TimerHandleLike } from "./contracts.js";
import { creationSite, recordCreation } from "./creation-site.js";
import { KeyboardInterrupt } from "./errors.js";
import { functionName } from "../util/format.js";
import { unboundHint } from "../util/unbound.js";

/** A scheduled callback with its arguments and its context. Mirrors asyncio.Handle. */
export class Handle implements HandleLike, Runnable {
  /** @internal */ readonly loop: EventLoop;
  /** Null once cancelled, so that a cancelled handle in a queue keeps nothing alive that the callback refers to. @internal */
  callback: Callback<never[]> | null;
  /** @internal */ args: readonly unknown[] | null;
  #context: Context;

  /** @internal */
  constructor(
    loop: EventLoop,
    callback: Callback<never[]>,
    args: readonly unknown[] | null,
    context: Context = currentContext().snapshot(),
  ) {
    this.loop = loop;
    this.callback = callback;
    this.args = args;
    this.#context = context;
    if (loop.debug) recordCreation(this);
  }

  /** Prevents the call. Has no effect after the callback has run, or when called again. */
  cancel(): void {
    this.callback = null;
    this.args = null;
  }

  /** Whether `cancel` was called. */
  cancelled(): boolean {
    return this.callback === null;
  }

  /** Returns the context that the callback runs in. Mirrors Handle.get_context. */
  getContext(): Context {
    return (this.#context = this.#context.own());
  }

  toString(): string {
    return this.callback === null ? "<Handle cancelled>" : `<Handle ${functionName(this.callback)}>`;
  }

  /** Runs the callback; the loop calls this. Passes errors to the loop's exception handler, except KeyboardInterrupt. @internal */
  run(): void {
    const { stores } = this.#context;
    if (stores === null) this.#call();
    else stores.runInAsyncScope(this.#call, this);
  }

  #call(): void {
    const callback = this.callback as Callback | null;
    if (callback === null) return;
    const args = this.args;
    contextState.current = this.#context;
    try {
      if (args === null) callback();
      else if (args.length === 1) callback(args[0]);
      else callback(...args);
    } catch (exception) {
      if (exception instanceof KeyboardInterrupt) throw exception; // It ends the run.
      const sourceTraceback = creationSite(this);
      this.loop.callExceptionHandler({
        message: `Exception in callback ${functionName(callback)}${unboundHint(callback, exception)}`,
        exception,
        handle: this,
        ...(sourceTraceback === undefined ? {} : { sourceTraceback }),
      });
    } finally {
      contextState.current = null;
    }
  }
}

/** The sequence number of the newest timer: timers with equal deadlines fire in the order in which they were scheduled. */
let lastSequence = 0;

/** A scheduled callback with a deadline. Mirrors asyncio.TimerHandle. */
export class TimerHandle extends Handle implements TimerHandleLike {
  /** @internal */ readonly deadline: number;
  /** @internal */ readonly sequence = ++lastSequence;
  /** True iff the loop's heap holds the handle; cancelling then counts towards the next purge. The loop clears it. @internal */
  scheduled = true;

  /** @internal */
  constructor(loop: EventLoop, deadline: number, callback: Callback<never[]>, args: readonly unknown[] | null) {
    super(loop, callback, args);
    this.deadline = deadline;
  }

  /** Returns the deadline in seconds of the loop's clock, `loop.time()`. */
  when(): number {
    return this.deadline;
  }

  override cancel(): void {
    if (this.cancelled()) return;
    super.cancel();
    if (this.scheduled) this.loop.timerCancelled();
  }
}
