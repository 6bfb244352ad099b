/** The one driver of generator frames: tasks and the awaits of async functions both step theirs with it. */
import { contextState } from "../core/contextvars.js";
import { isCancelled, RuntimeError } from "../core/errors.js";
import { describe } from "../util/format.js";
import { CANCELLED, FAILED, Future } from "./future.js";
import { clearMustCancel, mustCancel, type Runner } from "./cancel-scope.js";
import { running } from "./current-task.js";

/** The generator that a runner steps. */
export type Frame = Iterator<unknown, unknown, unknown>;

/** What a frame yields to wait for a promise of an async function it has started: resumed in the microtask that settles it. */
export class PromiseSuspension {
  readonly promise: PromiseLike<unknown>;

  constructor(promise: PromiseLike<unknown>) {
    this.promise = promise;
  }
}

/** Steps a runner that comes from the ready queue: delivers a cancellation, or goes on with what the future gave. */
export function wake(runner: Runner, frame: Frame): void {
  if (mustCancel(runner) && takeCancellation(runner)) {
    step(runner, frame, true, runner.task.makeCancelledError());
  } else {
    step(runner, frame, false, undefined);
  }
}

/**
 * Answers the cancellations requested so far. True if a CancelledError is to replace what the awaited future gave, which may be a
 * result; an error that already is a cancellation stays.
 */
export function takeCancellation(runner: Runner): boolean {
  clearMustCancel(runner);
  const future = runner.waitingFor;
  return future === null || !(future.state === CANCELLED || (future.state === FAILED && isCancelled(future.value)));
}

/** Runs the frame to its next suspension or its end. */
export function step(runner: Runner, frame: Frame, throwing: boolean, value: unknown): void {
  runner.waitingFor = null;
  runner.onPromise = false;
  const previousRunner = running.runner;
  const previousContext = contextState.current;
  running.runner = runner;
  contextState.current = runner.task.context;
  let yielded: IteratorResult<unknown, unknown>;
  try {
    yielded = throwing ? frame.throw!(value) : frame.next(value);
  } catch (error) {
    running.runner = previousRunner;
    contextState.current = previousContext;
    runner.fail(error);
    return;
  }
  running.runner = previousRunner;
  contextState.current = previousContext;
  if (yielded.done === true) runner.succeed(yielded.value);
  else suspend(runner, frame, yielded.value);
}

function suspend(runner: Runner, frame: Frame, reason: unknown): void {
  if (reason instanceof Future && reason.blocking) {
    reason.blocking = false;
    if (reason.loop !== runner.task.loop) {
      return refuse(runner, frame, `${runner.task.toString()} awaits ${reason.toString()} attached to a different loop`);
    }
    if ((reason as unknown) === runner.task) return refuse(runner, frame, `Task cannot await on itself: ${runner.task.toString()}`);
    reason.addWaiter(runner);
    runner.waitingFor = reason;
    if (mustCancel(runner) && reason.cancel(runner.task.cancelMessage)) clearMustCancel(runner);
  } else if (reason === undefined || reason === null) {
    runner.task.loop.enqueue(runner); // A bare yield: one turn of the loop.
  } else if (reason instanceof PromiseSuspension) {
    runner.onPromise = true;
    if (runner.mustCancel) {
      // The request is for whatever the async function awaits first.
      runner.mustCancel = false;
      (runner.scope ?? runner.task.rootScope()).mustCancel = true;
    }
    reason.promise.then(
      (result) => step(runner, frame, false, result),
      (error: unknown) => step(runner, frame, true, error),
    );
  } else if (reason instanceof Future) {
    refuse(runner, frame, `yield was used instead of yield* in ${runner.task.toString()} with ${reason.toString()}`);
  } else {
    refuse(runner, frame, `${runner.task.toString()} got a bad yield: ${describe(reason)}; write yield* and an awaitable`);
  }
}

/** Throws into the frame, one turn later, as asyncio does. */
function refuse(runner: Runner, frame: Frame, message: string): void {
  runner.task.loop.enqueue({ run: () => step(runner, frame, true, new RuntimeError(message)) });
}
