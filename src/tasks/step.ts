/** Steps generator frames, for tasks and for the awaits of async functions. */
import { contextState } from "../core/contextvars.js";
import { isCancelled, RuntimeError } from "../core/errors.js";
import { describeGenerator, isGenerator } from "../core/generators.js";
import { describe } from "../util/format.js";
import { CANCELLED, FAILED, Future } from "./future.js";
import { clearMustCancel, mustCancel, suspendOn, type FrameDriver } from "./cancel-scope.js";
import { running } from "./current-task.js";

/** The iterator that a driver steps: usually a generator. */
export type Frame = Iterator<unknown, unknown, unknown>;

/** Yielded by a frame to wait for the promise of an async function that it started. The microtask that settles it resumes the frame. */
export class PromiseSuspension {
  readonly promise: PromiseLike<unknown>;

  constructor(promise: PromiseLike<unknown>) {
    this.promise = promise;
  }
}

/** Resumes a driver whose future is done: delivers a cancellation, or lets the frame fetch the future's outcome. */
export function wake(driver: FrameDriver, frame: Frame): void {
  if (mustCancel(driver) && takeCancellation(driver)) {
    step(driver, frame, true, driver.task.makeCancelledError());
  } else {
    step(driver, frame, false, undefined);
  }
}

/**
 * Takes the cancellations requested so far. True if a CancelledError must replace the outcome of the awaited future, even a result. False
 * if that outcome is a cancellation itself: then the frame gets it as it is.
 */
export function takeCancellation(driver: FrameDriver): boolean {
  clearMustCancel(driver);
  const future = driver.waitingFor;
  return future === null || !(future.state === CANCELLED || (future.state === FAILED && isCancelled(future.value)));
}

/** Runs the frame to its next suspension or its end. */
export function step(driver: FrameDriver, frame: Frame, throwing: boolean, value: unknown): void {
  driver.waitingFor = null;
  driver.onPromise = false;
  const previousRunner = running.driver;
  const previousContext = contextState.current;
  running.driver = driver;
  contextState.current = driver.task.context;
  let yielded: IteratorResult<unknown, unknown>;
  try {
    yielded = throwing ? frame.throw!(value) : frame.next(value);
  } catch (error) {
    running.driver = previousRunner;
    contextState.current = previousContext;
    driver.fail(error);
    return;
  }
  running.driver = previousRunner;
  contextState.current = previousContext;
  if (yielded.done === true) driver.succeed(yielded.value);
  else suspend(driver, frame, yielded.value);
}

function suspend(driver: FrameDriver, frame: Frame, reason: unknown): void {
  if (reason instanceof Future && reason.blocking) {
    reason.blocking = false;
    if (reason.loop !== driver.task.loop) {
      return refuse(driver, frame, `Task ${driver.task.toString()} got Future ${reason.toString()} attached to a different loop`);
    }
    if ((reason as unknown) === driver.task) return refuse(driver, frame, `Task cannot await on itself: ${driver.task.toString()}`);
    suspendOn(driver, reason);
  } else if (reason === undefined || reason === null) {
    driver.task.loop.enqueue(driver); // A bare `yield` waits for one turn of the loop.
  } else if (reason instanceof PromiseSuspension) {
    driver.onPromise = true;
    if (driver.mustCancel) {
      // The cancellation goes to whatever the async function awaits first.
      driver.mustCancel = false;
      (driver.scope ?? driver.task.rootScope()).mustCancel = true;
    }
    const { loop } = driver.task;
    // The promise may settle after the loop is closed: nothing resumes the frame then, as in asyncio.
    reason.promise.then(
      (result) => {
        if (!loop.isClosed()) step(driver, frame, false, result);
      },
      (error: unknown) => {
        if (!loop.isClosed()) step(driver, frame, true, error);
      },
    );
  } else if (reason instanceof Future) {
    refuse(driver, frame, `yield was used instead of yield* in ${driver.task.toString()} with ${reason.toString()}`);
  } else {
    const what = isGenerator(reason) ? describeGenerator(reason) : `${describe(reason)}; write yield* and an awaitable`;
    refuse(driver, frame, `${driver.task.toString()} got a bad yield: ${what}`);
  }
}

/** Throws a RuntimeError into the frame one turn later, as asyncio does. */
function refuse(driver: FrameDriver, frame: Frame, message: string): void {
  driver.task.loop.enqueue({ run: () => step(driver, frame, true, new RuntimeError(message)) });
}
