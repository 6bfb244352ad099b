import type { TaskOptions } from "../core/contracts.js";
import { isCancelled, KeyboardInterrupt, RuntimeError } from "../core/errors.js";
import { ExceptionGroup } from "../core/exception-group.js";
import { getRunningLoop } from "../core/running.js";
import { markAwaitedBy } from "./awaited-by.js";
import { coroutine, Coroutine } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import { SyncAwaitable } from "../tasks/fast-path.js";
import type { CancelTarget } from "../tasks/cancel-scope.js";
import { currentCancelTarget } from "../tasks/current-task.js";
import { createTask, currentTask, type Task, type TaskSource } from "../tasks/task.js";
import { lazy, scoped, type AsyncManager, type Outcome } from "../syntax/async-with.js";

/**
 * Tasks that do not outlive a block: the end of the block waits for all of them. If one fails, the others and the block are cancelled,
 * and the errors are thrown together as an ExceptionGroup. Mirrors asyncio.TaskGroup.
 *
 * The states, in their order; `createTask` works in "entered", and in "exiting" while a task is left:
 *
 * - created: no block has started.
 * - entered: the block runs. Set by `aenter`.
 * - exiting: the block has ended, and the exit waits for the tasks. Set by `aexit`.
 * - finished: exiting, and no task is left.
 *
 * In any state, the group is "aborting" after the first failure of a task or of the block, or when the exit is cancelled. Its tasks are
 * cancelled then, and `createTask` throws.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const task = await asyncio.asyncWith(new asyncio.TaskGroup(), async (group) => group.createTask(async () => "made").getName());
 *   console.log(task.startsWith("Task-")); // true
 * });
 * ```
 */
export class TaskGroup implements AsyncManager<TaskGroup, void> {
  get [lazy](): true {
    return true;
  }

  readonly [scoped] = true;
  /** The tasks that are not done. */
  readonly #tasks = new Set<Task<unknown>>();
  readonly #errors: unknown[] = [];
  /** `aenter` sets it; it stays set, because a group serves one block only. */
  #entered = false;
  /** `aexit` sets it; it stays set. */
  #exiting = false;
  /** True once the tasks were cancelled because of a failure. `#abort` sets it; it stays set. */
  #aborting = false;
  /** The part of the parent task that the block runs in: cancelling it interrupts the block, and only the block. Set by `aenter`. */
  #target: CancelTarget | null = null;
  /** The task that runs the block. Set by `aenter`. */
  #parent: Task<unknown> | null = null;
  /** True once the group has cancelled the block because a task failed. The exit takes that request back. */
  #parentCancelRequested = false;
  /** A KeyboardInterrupt, which is thrown on its own instead of in an ExceptionGroup. */
  #interrupt: unknown = null;
  /** Completed when the last task is done. Not null only while the exit waits. */
  #completed: Future<void> | null = null;

  /** Called by `asyncWith(group, ...)`. Rejects with RuntimeError outside of a task, and if the group was entered before. */
  aenter(): SyncAwaitable<this> {
    return new SyncAwaitable(() => {
      if (this.#entered) throw new RuntimeError(`${this.toString()} has already been entered; make a new one for each block`);
      this.#parent = currentTask();
      this.#target = currentCancelTarget();
      if (this.#target === null) throw new RuntimeError(`${this.toString()} cannot determine the parent task; use it inside a task`);
      markAwaitedBy(this.#onDone, this.#parent);
      this.#entered = true;
      return this;
    });
  }

  /** Called at the end of the block: waits for the tasks. Rejects with the ExceptionGroup of their errors and the block's. */
  aexit(outcome: Outcome): Coroutine<void> {
    return exit(this, outcome);
  }

  /** Starts a task in the group. Throws RuntimeError before the block, after it, and once the group is aborting. Mirrors create_task. */
  createTask<T>(source: TaskSource<T>, options: TaskOptions = {}): Task<T> {
    const refusal = !this.#entered
      ? "has not been entered; use it with asyncWith()"
      : this.#exiting && this.#tasks.size === 0
        ? "is finished"
        : this.#aborting
          ? "is shutting down"
          : null;
    if (refusal !== null) {
      if (source instanceof Coroutine) source.close();
      throw new RuntimeError(`${this.toString()} ${refusal}`);
    }
    const task = createTask(source, options);
    this.#tasks.add(task);
    task.addDoneCallback(this.#onDone as (task: Task<T>) => void);
    return task;
  }

  toString(): string {
    const parts = [`tasks=${this.#tasks.size}`, `errors=${this.#errors.length}`];
    if (this.#aborting) parts.push("cancelling");
    else if (this.#entered) parts.push("entered");
    return `<TaskGroup ${parts.join(" ")}>`;
  }

  /** The body of `aexit`. @internal */
  *exit(outcome: Outcome) {
    this.#exiting = true;
    const target = this.#target!;
    let cancellation: unknown = null;
    if (!outcome.ok) {
      if (outcome.error instanceof KeyboardInterrupt) this.#interrupt ??= outcome.error;
      if (isCancelled(outcome.error)) cancellation = outcome.error;
      if (!this.#aborting) this.#abort();
    }
    // Repeats after every cancellation of the parent, so that no task outlives the block. A task that ignores its cancellation therefore
    // keeps the block waiting.
    while (this.#tasks.size > 0) {
      this.#completed ??= new Future<void>({ loop: getRunningLoop() });
      try {
        yield* this.#completed;
      } catch (error) {
        if (!isCancelled(error)) throw error;
        if (!this.#aborting) {
          cancellation = error;
          this.#abort();
        }
      }
      this.#completed = null;
    }
    if (this.#interrupt !== null) throw this.#interrupt;
    if (this.#parentCancelRequested && target.uncancel() === 0) cancellation = null; // The only request was the group's own.
    if (cancellation !== null && this.#errors.length === 0) throw cancellation;
    if (!outcome.ok && !isCancelled(outcome.error)) this.#errors.push(outcome.error);
    if (this.#errors.length === 0) return;
    // If the parent was cancelled from outside as well, the errors must not hide that: deliver the cancellation at its next wait.
    if (target.cancelling() > 0) target.redeliver();
    throw new ExceptionGroup("unhandled errors in a TaskGroup", this.#errors);
  }

  #abort(): void {
    this.#aborting = true;
    for (const task of this.#tasks) if (!task.done()) task.cancel();
  }

  readonly #onDone = (task: Task<unknown>): void => {
    this.#tasks.delete(task);
    if (this.#tasks.size === 0 && this.#completed !== null && !this.#completed.done()) this.#completed.setResult(undefined);
    if (!task.failed()) return;
    const exception = task.exception();
    this.#errors.push(exception);
    if (exception instanceof KeyboardInterrupt) this.#interrupt ??= exception;
    if (this.#parent!.done()) {
      const message = `${task.toString()} has errored out but its parent task ${this.#parent!.toString()} is already completed`;
      task.loop.callExceptionHandler({ message, exception, task });
    } else if (!this.#aborting && !this.#parentCancelRequested) {
      this.#abort();
      this.#parentCancelRequested = true;
      this.#target!.cancel();
    }
  };
}

const exit = coroutine(function* aexit(group: TaskGroup, outcome: Outcome) {
  yield* group.exit(outcome);
});
