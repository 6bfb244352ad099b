/** Task, and what creates tasks. */
import { inspect } from "node:util";
import { currentContext, type Context } from "../core/contextvars.js";
import { creationSite } from "../core/creation-site.js";
import type { Awaitable as AwaitableContract, EventLoop, TaskOptions } from "../core/contracts.js";
import { cancellationIn, type CancelledError, KeyboardInterrupt, RuntimeError } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { className, describe, functionName } from "../util/format.js";
import type { ListNode } from "../util/linked-list.js";
import { isAwaitable, type Awaitable } from "./awaitable.js";
import { outside } from "./await.js";
import { describeGenerator, isGenerator } from "../core/generators.js";
import { Coroutine, type CoroutineGenerator } from "./coroutine.js";
import { Future } from "./future.js";
import { cancelDriver, CancelScope, type ScopedTask, type FrameDriver } from "./cancel-scope.js";
import { runningTask, currentScope, running, startInScope } from "./current-task.js";
import { step, wake, type Frame } from "./step.js";
import { stackOf, type StackEntry } from "./call-stack.js";
import { reportSwallowed, watchForeignPromise } from "./cancellation-warnings.js";

/**
 * The source of a task: a coroutine object, any other uvio awaitable that has not started (`sleep(1)`, `queue.get()`, an Awaitable of
 * your own), or a function that starts the work when the task first runs. Not a Future: its work has started already.
 */
export type TaskSource<T> = AwaitableContract<T> | (() => PromiseLike<T> | CoroutineGenerator<T>);

/** Creates a task for `loop.createTask`; see `loop.setTaskFactory`. */
export type TaskFactory = <T>(loop: EventLoop, source: TaskSource<T>, options: TaskOptions) => Task<T>;

/** Counts the tasks of this thread, for their default names. */
let created = 0;

/**
 * Runs a coroutine or an async function on the loop. Its first step runs one turn after its creation. Mirrors asyncio.Task; created by
 * `createTask()`.
 *
 * A pending task is in one of these states; run() and #start() move it on, succeed() and fail() end it.
 *
 * | state | `#frame` | `#startedAsync` | `waitingFor` | `onPromise` |
 * |---|---|---|---|---|
 * | not started; in the ready queue | null | false | null | false |
 * | a generator's frame runs, or waits for one turn | set | false | null | false |
 * | a generator waits for a future, or was woken by it | set | false | set | false |
 * | a generator waits for an async function that it called | set | false | null | true |
 * | an async function: V8 resumes it, its awaits are in the scope | null | true | null | false |
 *
 * Invariants: the task is in `loop.tasks` exactly while it is pending. `scope` is null until an async function of the task awaits.
 * `mustCancel` concerns the task's own frame only; the scope keeps what concerns awaits of async functions. cancel() raises `requests` and
 * uncancel() lowers it; delivery does not change it.
 */
export class Task<T = unknown> extends Future<T> implements ScopedTask, FrameDriver, ListNode {
  /** @internal */ readonly context: Context;
  /** @internal */ scope: CancelScope | null = null;
  /** @internal */ waitingFor: Future<unknown> | null = null;
  /** @internal */ onPromise = false;
  /** @internal */ mustCancel = false;
  /** @internal */ requests = 0;
  /** @internal */ nestedRequests = 0;
  /** Links of the loop's list of unfinished tasks. @internal */
  previous: ListNode | null = null;
  /** @internal */ next: ListNode | null = null;
  /** Null once the task has ended in its eager step. */
  #source: TaskSource<T> | null;
  /** The generator that is stepped. */
  #frame: Frame | null = null;
  /** The source was an async function and was called. */
  #startedAsync = false;
  #name: string | number;
  #cancelledError: CancelledError | null = null;

  /**
   * `source`: a coroutine, another awaitable that has not started, or a function that returns a promise (called by the task's first step).
   */
  constructor(source: TaskSource<T>, options: { loop?: EventLoop } & TaskOptions = {}) {
    checkSource(source, "Task");
    super(options);
    this.#source = source;
    this.context = options.context ?? currentContext().copy();
    this.#name = (options.name ?? null) === null ? ++created : nameText(options.name);
    this.loop.tasks.append(this);
    if (options.eagerStart === true && this.loop.isRunning()) this.#startEagerly();
    else this.loop.enqueue(this);
  }

  /** @internal */
  get task(): this {
    return this;
  }

  /** The name given to `createTask`, or "Task-1", "Task-2" ... Mirrors Task.get_name. */
  getName(): string {
    const name = this.#name;
    return typeof name === "number" ? (this.#name = `Task-${name}`) : name;
  }

  /** Changes the name. Mirrors Task.set_name. */
  setName(name: string): void {
    this.#name = nameText(name);
  }

  /** The coroutine or function that the task was made of; null if the task ended in its eager step. Mirrors Task.get_coro. */
  getCoro(): TaskSource<T> | null {
    return this.#source;
  }

  /** The context that the coroutine runs in. Mirrors Task.get_context. */
  getContext(): Context {
    return this.context;
  }

  /**
   * Aborts when the task is cancelled, with the CancelledError as its reason. Pass it to APIs that take a signal:
   * `await fetch(url, { signal: currentTask().signal })`. Read inside a `timeout`, `waitFor` or `TaskGroup`, it is the signal of that
   * block, and aborts also when the block is cancelled, for example at its deadline. Created on first use. Beyond asyncio.
   */
  get signal(): AbortSignal {
    return (runningTask() === this ? currentScope()! : this.rootScope()).signal;
  }

  /** Throws RuntimeError: a task's result is that of its coroutine. */
  override setResult(): never {
    throw new RuntimeError("Task does not support setResult(): its result is what its coroutine returns");
  }

  /** Throws RuntimeError: a task's error is that of its coroutine. */
  override setException(): never {
    throw new RuntimeError("Task does not support setException(): its error is what its coroutine throws");
  }

  /**
   * Requests cancellation: cancels what the task awaits, or throws CancelledError at its next await if nothing can be cancelled now.
   * Returns false if the task is done. The task may catch the error, clean up, and even go on. Mirrors Task.cancel.
   */
  override cancel(message?: unknown): boolean {
    if (this.done()) return false;
    this.requests++;
    const scope = this.#startedAsync ? this.rootScope() : this.scope;
    scope?.abortSignals(message);
    if (runningTask() === this && running.driver !== this) {
      // The task cancels itself from an async function. That is meant for the function that runs, not for its other pending awaits.
      currentScope()!.deferCancel(message);
      return true;
    }
    const inFrame = !this.#startedAsync && !this.onPromise;
    if (inFrame) cancelDriver(this, message);
    if (scope !== null && !scope.cancelAwaits(message) && !inFrame) {
      scope.deferCancel(message);
      if (this.loop.debug) watchForeignPromise(this);
    }
    return true;
  }

  /** The number of cancellations that were requested and not taken back by `uncancel()`. Mirrors Task.cancelling. */
  cancelling(): number {
    return this.requests + this.nestedRequests;
  }

  /** Takes one cancellation request back, in code that has handled it. Returns how many are left. Mirrors Task.uncancel. */
  uncancel(): number {
    if (this.requests > 0) this.requests--;
    else if (this.nestedRequests > 0) (runningTask() === this ? currentScope()! : this.scope!).uncancelBlock();
    if (this.requests === 0) {
      this.mustCancel = false;
      this.scope?.forget();
    }
    return this.cancelling();
  }

  /** @internal */
  redeliver(): void {
    this.uncancel();
    this.cancel();
  }

  /** The coroutines that the task is inside of, outermost first; empty once it is done. Names only: see captureCallGraph(). */
  getStack(options: { limit?: number } = {}): StackEntry[] {
    const stack = this.done() ? [] : stackOf(this, nameOf(this.#source!));
    return options.limit === undefined ? stack : stack.slice(0, options.limit);
  }

  /** Writes getStack() as text, to stderr or by `write`. Mirrors Task.print_stack. */
  printStack(options: { limit?: number; write?: (text: string) => void } = {}): void {
    const { write = (text: string) => void process.stderr.write(text) } = options;
    const stack = this.getStack(options);
    write(stack.length === 0 ? `No stack for ${this.toString()}\n` : `Stack for ${this.toString()} (outermost first):\n`);
    for (const { name } of stack) write(`  in ${name}\n`);
    const madeAt = creationSite(this);
    if (madeAt !== undefined) write(`created at\n${madeAt}\n`);
  }

  /** The first step, or a step after a wait. Called by the loop. @internal */
  run(): void {
    const { stores } = this.context;
    if (stores === null) this.#run();
    else stores.runInAsyncScope(this.#run, this);
  }

  #run(): void {
    if (this.#frame !== null) wake(this, this.#frame);
    else this.#start();
  }

  /** @internal */
  rootScope(): CancelScope {
    return (this.scope ??= new CancelScope(this, null));
  }

  /** Called when the body has returned. @internal */
  succeed(value: unknown): void {
    this.loop.tasks.remove(this);
    if (this.mustCancel || this.scope?.mustCancel === true) this.completeCancelled(this.cancelMessage);
    else super.setResult(value as T);
    if (this.loop.debug) reportSwallowed(this);
  }

  /** Called when the body has thrown. @internal */
  fail(error: unknown): void {
    this.loop.tasks.remove(this);
    const cancellation = cancellationIn(error);
    if (cancellation !== null) {
      this.#cancelledError = cancellation;
      this.completeCancelled();
    } else {
      this.failWith(error);
      if (!(error instanceof KeyboardInterrupt)) return;
      this.exception(); // It counts as retrieved, because it ends the run as well.
      this.loop.enqueue({ run: () => raise(error) });
    }
  }

  /**
   * The first call returns the error that the task ended with. Later calls return new errors without its message, as in asyncio. @internal
   */
  override makeCancelledError(): CancelledError {
    const error = this.#cancelledError;
    this.#cancelledError = null;
    return error ?? super.makeCancelledError();
  }

  #startEagerly(): void {
    this.#start();
    if (this.done()) this.#source = null;
  }

  #start(): void {
    if (this.mustCancel) {
      // Cancelled before the first step: the body never runs.
      this.mustCancel = false;
      const source = this.#source;
      if (source instanceof Coroutine) source.close();
      return this.fail(this.makeCancelledError());
    }
    const source = this.#source!;
    try {
      if (typeof source !== "function") {
        this.#frame = source[Symbol.iterator]();
      } else {
        this.#startedAsync = true;
        const result: unknown = startInScope(this, callSource, this);
        if (result === UNDER_WAY) return;
        if (isGenerator(result) || isAwaitable(result)) {
          this.#startedAsync = false;
          this.#frame = isAwaitable(result) ? result[Symbol.iterator]() : result;
        } else {
          throw new TypeError(
            `a task's function must return a promise or a coroutine, but ${functionName(source)} returned ${describe(result)}`,
          );
        }
      }
    } catch (error) {
      return this.fail(error);
    }
    step(this, this.#frame, false, undefined);
  }

  /**
   * Calls the function that the task was made of and follows its promise. In the function's own async context: otherwise V8 keeps a second
   * context for the handlers. @internal
   */
  callSource(): unknown {
    const result = this.call(this.#source as () => unknown);
    if (isGenerator(result) || isAwaitable(result) || typeof (result as PromiseLike<unknown> | null)?.then !== "function") return result;
    // V8 runs an async function on after the loop is closed. Its task stays pending then, like all others of that loop.
    (result as PromiseLike<unknown>).then(
      (value) => {
        if (this.canSettle()) this.succeed(value);
      },
      (error: unknown) => {
        if (this.canSettle()) this.fail(error);
      },
    );
    return UNDER_WAY;
  }

  /** For tasks whose function takes arguments: as fields of the task they need no closure. @internal */
  protected call(source: () => unknown): unknown {
    return source();
  }

  override stateText(): string {
    return this.cancelling() > 0 && !this.done() ? "cancelling" : super.stateText();
  }

  /** The name, the coroutine and what the task waits for, as in asyncio; the latter only to a certain depth. */
  protected override details(): string[] {
    const source = this.#source;
    const details = [`name='${this.getName()}'`];
    if (source !== null)
      details.push(`coro=<${typeof source === "function" || source instanceof Coroutine ? `${nameOf(source)}()` : nameOf(source)}>`);
    const awaited = this.waitingFor ?? this.scope?.awaited() ?? null;
    if (awaited !== null && describing < MAX_DESCRIBED) {
      describing++;
      try {
        details.push(`wait_for=${awaited.toString()}`);
      } finally {
        describing--;
      }
    }
    return details;
  }
}

/** Returned by callSource() for an async function: V8 resumes it from now on. */
const UNDER_WAY = Symbol("under way");

function callSource(task: Task): unknown {
  return task.callSource();
}

/** The number of tasks around the one that is being described, and the most of them: tasks may await each other in a ring or a long chain. */
let describing = 0;
const MAX_DESCRIBED = 3;

function nameText(name: unknown): string {
  return typeof name === "object" && name !== null ? inspect(name) : String(name);
}

function raise(error: Error): never {
  throw error;
}

function nameOf(source: TaskSource<unknown>): string {
  if (typeof source === "function") return functionName(source);
  return source instanceof Coroutine ? source.name : className(source);
}

/** Throws TypeError if `source` cannot become a task; the message says how to write it. */
export function checkSource(source: unknown, caller: string): void {
  if (typeof source === "function" || source instanceof Coroutine) return;
  if (source instanceof Future)
    throw new TypeError(`${caller}: ${source.toString()} has already started and is not a coroutine; await it directly`);
  if (isAwaitable(source)) return;
  if (typeof (source as PromiseLike<unknown> | null)?.then === "function") {
    throw new TypeError(
      `${caller}: got a promise, whose work is already running and cannot be cancelled; pass the function: ${caller}(() => work(...))`,
    );
  }
  if (isGenerator(source)) throw new TypeError(`${caller}: got ${describeGenerator(source)}`);
  throw new TypeError(`${caller}: a coroutine or a function returning a promise was expected, got ${describe(source)}`);
}

/**
 * Creates a task from a coroutine, an async function or another awaitable that has not started, on the running loop.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const task = asyncio.createTask(asyncio.sleep(0.01, "slept"), { name: "sleeper" });
 *   console.log(await task); // slept
 *   console.log(await asyncio.createTask(async () => "an async function's result")); // an async function's result
 * });
 * ```
 *
 * Mirrors asyncio.create_task.
 */
export function createTask<T>(source: TaskSource<T>, options: TaskOptions = {}): Task<T> {
  checkSource(source, "createTask");
  return getRunningLoop().createTask<T>(source, options) as Task<T>;
}

/**
 * The task whose code runs now; null in a plain callback. Without `loop` it throws RuntimeError if no loop is running; with it, the task is
 * one of that loop, or null. Mirrors asyncio.current_task.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   console.log(asyncio.currentTask()?.getName()); // Task-1
 * });
 * ```
 */
export function currentTask(loop: EventLoop | null = null): Task<unknown> | null {
  const of = loop ?? getRunningLoop();
  const task = runningTask() as Task<unknown> | null;
  return task?.loop === of ? task : null;
}

/** The loop's unfinished tasks. Mirrors asyncio.all_tasks. */
export function allTasks(loop: EventLoop = getRunningLoop()): Set<Task<unknown>> {
  return new Set(loop.tasks) as unknown as Set<Task<unknown>>;
}

/**
 * A factory for `loop.setTaskFactory` whose tasks run their first step at once. `construct` creates the task (default: a Task). A generator
 * that does not wait is done when `createTask` returns; the task of an async function is done after the microtasks.
 * Mirrors asyncio.create_eager_task_factory.
 */
export function createEagerTaskFactory(
  construct: <T>(source: TaskSource<T>, options: { loop: EventLoop } & TaskOptions) => Task<T> = (source, options) =>
    new Task(source, options),
): TaskFactory {
  return (loop, source, options) => construct(source, { ...options, loop, eagerStart: true });
}

/**
 * A factory for `loop.setTaskFactory` whose tasks run their first step when they are created. Mirrors asyncio.eager_task_factory.
 */
export const eagerTaskFactory: TaskFactory = createEagerTaskFactory();

outside.toTask = (target: Awaitable<unknown>) => createTask(target);
