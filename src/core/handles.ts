import { currentContext, contextState, type Context } from "./contextvars.js";
import type { Callback, EventLoop, HandleLike, Runnable, TimerHandleLike } from "./contracts.js";
import { creationSite, recordCreation } from "./creation-site.js";
import { KeyboardInterrupt } from "./errors.js";
import { functionName } from "../util/format.js";

/** A callback in the ready queue, with its arguments and context. Mirrors asyncio.Handle. */
export class Handle implements HandleLike, Runnable {
  /** @internal */ readonly loop: EventLoop;
  /** null once cancelled: nothing the callback refers to is kept alive by the queue. @internal */
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

  /** The callback will not be called. Again, or too late: does nothing. */
  cancel(): void {
    this.callback = null;
    this.args = null;
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.callback === null;
  }

  /** The context the callback runs in. */
  getContext(): Context {
    return (this.#context = this.#context.own());
  }

  toString(): string {
    return this.callback === null ? "<Handle cancelled>" : `<Handle ${functionName(this.callback)}>`;
  }

  /** Called by the loop. What the callback throws goes to the loop's exception handler. @internal */
  run(): void {
    const callback = this.callback as Callback | null;
    if (callback === null) return;
    const args = this.args;
    contextState.current = this.#context;
    try {
      if (args === null) callback();
      else if (args.length === 1) callback(args[0]);
      else callback(...args);
    } catch (exception) {
      if (exception instanceof KeyboardInterrupt) throw exception; // Ends the run.
      const sourceTraceback = creationSite(this);
      this.loop.callExceptionHandler({
        message: `Exception in callback ${functionName(callback)}`,
        exception,
        handle: this,
        ...(sourceTraceback === undefined ? {} : { sourceTraceback }),
      });
    } finally {
      contextState.current = null;
    }
  }
}

/** Written by the TimerHandle constructor only: equal deadlines fire in the order they were scheduled. */
let lastSequence = 0;

/** A callback with a deadline. Mirrors asyncio.TimerHandle. */
export class TimerHandle extends Handle implements TimerHandleLike {
  /** @internal */ readonly deadline: number;
  /** @internal */ readonly sequence = ++lastSequence;
  /** Whether the loop's heap holds it: cancelling it then counts towards the next purge. Written by the loop. @internal */
  scheduled = true;

  /** @internal */
  constructor(loop: EventLoop, deadline: number, callback: Callback<never[]>, args: readonly unknown[] | null) {
    super(loop, callback, args);
    this.deadline = deadline;
  }

  /** The deadline in the loop's time, seconds. */
  when(): number {
    return this.deadline;
  }

  override cancel(): void {
    if (this.cancelled()) return;
    super.cancel();
    if (this.scheduled) this.loop.timerCancelled();
  }
}
