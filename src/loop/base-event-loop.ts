/** The scheduler of both loops: ready queue, timers, the turn, and the run. */
import type { MessagePort } from "node:worker_threads";
import { MAX_WAIT_SECONDS, MIN_TIMERS_BEFORE_PURGE, SLOW_CALLBACK_SECONDS } from "../core/constants.js";
import { contextState } from "../core/contextvars.js";
import type { Callback, EventLoop, ExceptionContext, ExceptionHandler, Runnable, TaskOptions } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { reportException } from "../core/exception-report.js";
import { Handle, TimerHandle } from "../core/handles.js";
import { runningLoopOrNull, setRunningLoop } from "../core/running.js";
import { checkSeconds } from "../executors/check.js";
import type { Executor } from "../executors/executor.js";
import type { Work } from "../executors/exported.js";
import type { ThreadPoolExecutor } from "../executors/thread-pool.js";
import { ensureFuture, type AwaitableSource } from "../combinators/ensure-future.js";
import { Future } from "../tasks/future.js";
import { running } from "../tasks/current-task.js";
import type { Coroutine } from "../tasks/coroutine.js";
import { checkSource, Task, type TaskFactory, type TaskSource } from "../tasks/task.js";
import { Deque } from "../util/deque.js";
import { className, describe } from "../util/format.js";
import { Heap } from "../util/heap.js";
import { LinkedList, type ListNode } from "../util/linked-list.js";
import { AbstractEventLoop } from "./abstract-event-loop.js";
import { LiveAsyncGenerators, shutdownAsyncgens } from "./live-async-generators.js";
import { checkDebugCallback, runTimed } from "./slow-callbacks.js";
import { DefaultExecutor, shutdownDefaultExecutor } from "./default-executor.js";
import { drainInTurn } from "./drain.js";
import { RemoteCalls } from "./remote-loop.js";
import { TurnTime } from "./turn-time.js";

/** `turn` returns one of these three codes; `Turn` in addon.ts has the same values. DONE: nothing is ready. */
export const TURN_DONE = 0;

/** Drain the microtasks and ticks, then call `turn` again before anything else: an async function was started or resumed. */
export const TURN_AGAIN = 1;

/** Poll without blocking, then call `turn` again: more is ready. */
export const TURN_YIELD = 2;

/**
 * The part that both loops share: ready queue, timers, turns and exception handling. A subclass, called the implementation here, adds how
 * to wake up and how to wait for the nearest deadline. Mirrors asyncio.BaseEventLoop. Its states:
 *
 * - running: `#run` is not null, and this is the thread's running loop. Set by runForever(), cleared by #end().
 * - in turn: `#inTurn`. Set by #runTurn() and cleared when that returns, except with TURN_AGAIN. The implementation then calls turn() again
 *   as soon as the microtasks have drained, so whatever they enqueue needs no wake-up.
 * - in batch: `#inBatch`, true only while running. A batch is the ready queue at its start; what it enqueues belongs to the next one. Set
 *   by #runBatches(); cleared there once the last handle has run and drained, and by #end(). TURN_AGAIN spreads it over several turn calls.
 * - stopping: `#stopping`. Set by stop(), also before a run. #runBatches() checks it between batches only, so stop() never cuts a batch
 *   short. Cleared by #end().
 * - closed: `#closed`, true only while not running. Set by close(), never cleared.
 */
export abstract class BaseEventLoop extends AbstractEventLoop implements EventLoop {
  /** @internal */ readonly tasks = new LinkedList<ListNode>();
  readonly #ready = new Deque<Runnable>();
  readonly #timers = new Heap<TimerHandle>();
  /** Cancelled timers that are still in the heap. */
  #cancelledTimers = 0;
  #inBatch = false;
  /** Handles of the batch that have not run yet. */
  #remaining = 0;
  #inTurn = false;
  readonly #turnTime = new TurnTime();
  /** Whether requestTurn() was called since turn() last started. */
  #turnRequested = false;
  /** The deadline that the implementation waits for, in the loop's time; Infinity if none. Set by #arm(), #runTurn() and #end(). */
  #armed = Infinity;
  #stopping = false;
  #closed = false;
  /** Settles the promise that runForever() returned; null unless a run is in progress. */
  #run: { resolve: () => void; reject: (error: unknown) => void } | null = null;
  #exceptionHandler: ExceptionHandler | null = null;
  /** @internal */ debug = process.env["UVIO_DEBUG"] === "1";
  /** Seconds after which debug mode reports a callback as slow; default 0.1. */
  slowCallbackDuration = SLOW_CALLBACK_SECONDS;
  #taskFactory: TaskFactory | null = null;
  /** @internal */ readonly asyncGenerators = new LiveAsyncGenerators();
  readonly #executors = new DefaultExecutor(this);
  readonly #remoteCalls = new RemoteCalls(this);
  readonly #futureOptions = { loop: this };

  // ---------------------------------------------------------------------------------------------- for the implementation

  /** Must call `turn` soon, without waiting for events. */
  protected abstract requestTurn(): void;
  /** Must call `turn` after `seconds` at the latest; negative: no deadline. Replaces the previous deadline. */
  protected abstract armTimer(seconds: number): void;
  /** Called by runForever(): the process must stay alive. */
  protected abstract onRunBegins(): void;
  /** Called when the run has ended, before its promise settles: the loop no longer keeps the process alive. */
  protected abstract onRunEnds(): void;
  /** Called once, by close(): releases everything. */
  protected abstract onClose(): void;

  abstract ref(): void;
  abstract unref(): void;

  /**
   * One turn of the loop: enqueues `events` (the poll's events, if there are any) and the due timers, then runs what is ready. Returns a
   * TURN code. Called by the implementation only, from a neutral async context rather than the context of what woke the loop.
   */
  protected turn(events: Runnable | null = null): number {
    this.#turnRequested = false;
    if (this.#run === null) return TURN_DONE;
    if (events !== null) {
      this.#ready.push(events);
      this.#turnTime.onEvent();
    }
    return this.#runTurn();
  }

  // ---------------------------------------------------------------------------------------------- running

  /**
   * Runs until `stop()`, then resolves. Node's own loop runs underneath, so everything else in the process continues. Rejects with
   * RuntimeError if the loop is closed or a loop is already running in this thread. Mirrors loop.run_forever.
   */
  runForever(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#checkCanRun();
      this.#run = { resolve, reject };
      setRunningLoop(this);
      this.onRunBegins();
      this.#wake(); // Even if nothing is ready: a stop() called before the run must end it after one batch.
    });
  }

  /**
   * Runs until the future is done and resolves to its result; a coroutine or function becomes a task first. Rejects with the future's
   * error, and with RuntimeError if the loop cannot run or is stopped first. Mirrors loop.run_until_complete.
   */
  async runUntilComplete<T>(source: AwaitableSource<T>): Promise<T> {
    this.#checkCanRun();
    const future = ensureFuture<T>(source, { loop: this });
    const stop = (): void => this.stop();
    future.addDoneCallback(stop);
    try {
      await this.runForever();
    } finally {
      future.removeDoneCallback(stop);
    }
    if (!future.done()) throw new RuntimeError("Event loop stopped before Future completed.");
    return future.result();
  }

  /** Ends the run after the current batch; the next run continues with what is ready. Mirrors loop.stop. */
  stop(): void {
    this.#stopping = true;
    if (this.#run !== null) this.#wake();
  }

  /** Whether a run is in progress. Mirrors loop.is_running. */
  isRunning(): boolean {
    return this.#run !== null;
  }

  /** Whether the loop was closed; scheduling anything then throws RuntimeError. Mirrors loop.is_closed. */
  isClosed(): boolean {
    return this.#closed;
  }

  /** Releases everything; scheduled callbacks and the exception handler are dropped. Throws RuntimeError while the loop runs. Idempotent. Mirrors loop.close. */
  close(): void {
    if (this.#run !== null) throw new RuntimeError("Cannot close a running event loop; stop() it and await the run first");
    if (this.#closed) return;
    this.#closed = true;
    this.#ready.clear();
    this.#timers.clear();
    this.#remaining = 0;
    this.#exceptionHandler = this.#taskFactory = null; // A future that the program keeps refers to the closed loop.
    this.#executors.close();
    this.#remoteCalls.close();
    this.onClose();
  }

  /** The loop's monotonic clock in seconds, as used by callAt. Mirrors loop.time. */
  time(): number {
    return performance.now() / 1000;
  }

  // ---------------------------------------------------------------------------------------------- scheduling

  /** Calls `callback(...args)` in the next batch, in the order of the calls. Mirrors loop.call_soon. */
  callSoon<A extends unknown[]>(callback: Callback<A>, ...args: A): Handle {
    this.#checkCallback(callback, "callSoon");
    const handle = new Handle(this, callback, args.length === 0 ? null : args);
    this.enqueue(handle);
    return handle;
  }

  /**
   * The same as callSoon, which wakes a waiting loop too. Another thread cannot call it: use `loop.remote()` there. Mirrors
   * loop.call_soon_threadsafe.
   */
  callSoonThreadsafe<A extends unknown[]>(callback: Callback<A>, ...args: A): Handle {
    return this.callSoon(callback, ...args);
  }

  /** Calls `callback(...args)` after `delay` seconds; equal deadlines run in the order of the calls. Mirrors loop.call_later. */
  callLater<A extends unknown[]>(delay: number, callback: Callback<A>, ...args: A): TimerHandle {
    if (typeof delay !== "number" || Number.isNaN(delay)) throw new TypeError(`delay must be a number of seconds, got ${describe(delay)}`);
    return this.#schedule(this.time() + delay, callback, args, "callLater");
  }

  /** Calls `callback(...args)` when `loop.time()` reaches `when`. Mirrors loop.call_at. */
  callAt<A extends unknown[]>(when: number, callback: Callback<A>, ...args: A): TimerHandle {
    if (typeof when !== "number" || Number.isNaN(when)) throw new TypeError(`when must be a time in seconds, got ${describe(when)}`);
    return this.#schedule(when, callback, args, "callAt");
  }

  /** Creates a Future of this loop. Mirrors loop.create_future. */
  createFuture<T = unknown>(): Future<T> {
    return new Future<T>(this.#futureOptions);
  }

  /** Creates a task of this loop, by the task factory if there is one; see `createTask()`. Mirrors loop.create_task. */
  createTask<T>(source: TaskSource<T>, options: TaskOptions = {}): Task<T> {
    this.checkClosed();
    checkSource(source, "createTask");
    const factory = this.#taskFactory;
    if (factory !== null) {
      const task = factory(this, source, options);
      if ((options.name ?? null) !== null) task.setName(options.name!); // The factory may ignore the options.
      return task;
    }
    return new Task<T>(source, { loop: this, name: options.name, context: options.context, eagerStart: options.eagerStart });
  }

  /** Makes `createTask` call `factory(loop, source, options)`; null restores the default. Mirrors loop.set_task_factory. */
  setTaskFactory(factory: TaskFactory | null): void {
    if (factory !== null && typeof factory !== "function")
      throw new TypeError(`factory must be a function or null, got ${describe(factory)}`);
    this.#taskFactory = factory;
  }

  /** Returns what `setTaskFactory` has set, or null. Mirrors loop.get_task_factory. */
  getTaskFactory(): TaskFactory | null {
    return this.#taskFactory;
  }

  /** Closes the async generators that have started and not finished. Mirrors loop.shutdown_asyncgens. */
  shutdownAsyncgens(): Coroutine<void> {
    return shutdownAsyncgens(this, this.asyncGenerators);
  }

  // ---------------------------------------------------------------------------------------------- threads and processes

  /**
   * Runs `fn(...args)` in another thread or process; `null` means the default executor's threads. `fn` must be an exported function, see
   * `exported()`; `context.wrap(fn)` gives it a context. Cancelling stops a running job only if the executor terminates jobs. Throws
   * RuntimeError if the default executor was shut down. Mirrors loop.run_in_executor.
   */
  runInExecutor<A extends unknown[], R>(executor: Executor | null, fn: Work<A, R>, ...args: A): Future<Awaited<R>> {
    if (this.#closed) this.checkClosed();
    return this.#executors.submit(executor, fn, args) as Future<Awaited<R>>;
  }

  /** Sets the ThreadPoolExecutor that `runInExecutor(null, ...)` and `toThread` use. Mirrors loop.set_default_executor. */
  setDefaultExecutor(executor: ThreadPoolExecutor): void {
    this.#executors.setDefault(executor);
  }

  /**
   * Waits until the default executor's jobs are done and its threads have ended. After `timeout` seconds it warns and returns. Called by
   * `run`. Mirrors loop.shutdown_default_executor.
   */
  shutdownDefaultExecutor(timeout: number | null = null): Coroutine<void> {
    if (timeout !== null) checkSeconds("timeout", timeout);
    return shutdownDefaultExecutor(this.#executors, timeout);
  }

  /**
   * Creates a port through which another thread can call into this loop: transfer it and pass it to `new RemoteLoop(port)` there. Each
   * thread needs its own. Closing the loop closes it. Not in asyncio.
   */
  remote(): MessagePort {
    if (this.#closed) this.checkClosed();
    return this.#remoteCalls.open();
  }

  /** Serves the calls of the RemoteLoop at the other end of `port`. @internal */
  serveRemote(port: MessagePort): void {
    this.#remoteCalls.serve(port);
  }

  /** An exported function that creates a loop of this kind in any thread. @internal */
  abstract readonly factory: () => BaseEventLoop;

  /** Runs `runnable` in the next batch. A turn needs no wake-up: it ends when nothing is ready, or yields and is called again. @internal */
  enqueue(runnable: Runnable): void {
    if (this.#closed) this.checkClosed();
    this.#ready.push(runnable);
    if (this.#inTurn) return;
    this.#turnTime.onEvent();
    this.#wake();
  }

  /** Called by TimerHandle.cancel(). Removing one timer from the heap is linear, so cancelled timers are purged in bulk. @internal */
  timerCancelled(): void {
    const timers = this.#timers;
    if (++this.#cancelledTimers <= MIN_TIMERS_BEFORE_PURGE || this.#cancelledTimers * 2 <= timers.length) return;
    timers.filter((handle) => {
      handle.scheduled = !handle.cancelled();
      return handle.scheduled;
    });
    this.#cancelledTimers = 0;
  }

  // ---------------------------------------------------------------------------------------------- errors and debugging

  /** Calls the exception handler; an error that it throws is written to stderr. Mirrors loop.call_exception_handler. */
  callExceptionHandler(context: ExceptionContext): void {
    const handler = this.#exceptionHandler;
    try {
      if (handler === null) this.defaultExceptionHandler(context);
      else handler(this, context);
    } catch (exception) {
      try {
        const message = handler === null ? "Exception in default exception handler" : "Unhandled error in exception handler";
        reportException({ message, exception });
      } catch {
        // The console itself fails, so the error cannot be reported.
      }
    }
  }

  /** Sets the handler of uncaught exceptions; null restores the default, which writes to stderr. Mirrors loop.set_exception_handler. */
  setExceptionHandler(handler: ExceptionHandler | null): void {
    if (handler !== null && typeof handler !== "function")
      throw new TypeError(`handler must be a function or null, got ${describe(handler)}`);
    this.#exceptionHandler = handler;
  }

  /** Returns what `setExceptionHandler` has set, or null. Mirrors loop.get_exception_handler. */
  getExceptionHandler(): ExceptionHandler | null {
    return this.#exceptionHandler;
  }

  /** Writes the context to stderr; custom handlers can delegate to it. Mirrors loop.default_exception_handler. */
  defaultExceptionHandler(context: ExceptionContext): void {
    reportException(context);
  }

  /** Whether debug mode is on. Mirrors loop.get_debug. */
  getDebug(): boolean {
    return this.debug;
  }

  /** Debug mode reports callbacks that block the loop, and adds creation sites to errors. Mirrors loop.set_debug. */
  setDebug(enabled: boolean): void {
    this.debug = Boolean(enabled);
  }

  override toString(): string {
    return `<${className(this)} running=${this.isRunning()} closed=${this.#closed}>`;
  }

  // ---------------------------------------------------------------------------------------------- inside

  /** Ends the run and settles its promise; rejects it if there is an error. */
  #end(outcome: { error: unknown } | null): void {
    const run = this.#run!;
    this.#run = null;
    this.#stopping = false;
    this.#inBatch = false;
    this.#armed = Infinity;
    this.armTimer(-1);
    setRunningLoop(null);
    this.onRunEnds();
    if (outcome === null) run.resolve();
    else run.reject(outcome.error);
  }

  #wake(): void {
    if (this.#turnRequested || this.#run === null) return;
    this.#turnRequested = true;
    this.requestTurn();
  }

  #schedule(when: number, callback: Callback<never[]>, args: unknown[], caller: string): TimerHandle {
    this.#checkCallback(callback, caller);
    const handle = new TimerHandle(this, when, callback, args.length === 0 ? null : args);
    this.#timers.push(handle);
    if (!this.#inTurn && this.#run !== null && when < this.#armed) this.#arm();
    return handle;
  }

  /** An exception that reaches this method is a KeyboardInterrupt or a bug in uvio. It ends the run, which would otherwise hang. */
  #runTurn(): number {
    // Node's timers count whole milliseconds and may fire early. Within 2 ms of its deadline the timer counts as fired, so that #arm() sets
    // it again if nothing is due yet. The native loop's timer rounds up, but another event may start a turn just before the deadline.
    if (this.#armed !== Infinity && this.time() >= this.#armed - 0.002) this.#armed = Infinity;
    if (!this.#inTurn) {
      this.#turnTime.begin();
      this.#inTurn = true;
    }
    running.drain = false;
    let next = TURN_DONE;
    try {
      return (next = this.#runBatches());
    } catch (error) {
      this.#end({ error });
      return TURN_DONE;
    } finally {
      this.#inTurn = next === TURN_AGAIN;
      if (next === TURN_DONE) this.#turnTime.end();
      contextState.current = null;
    }
  }

  /**
   * Runs batches until nothing is ready, the loop is stopped or the turn has used its time.
   *
   * After a handle that started or resumed an async function it drains the microtasks, even in the middle of a batch: V8 runs the function as
   * a microtask, and in asyncio's order that comes before the next handle. If it cannot drain by itself it returns TURN_AGAIN. A function
   * that waits for a promise of other code is not seen.
   */
  #runBatches(): number {
    const ready = this.#ready;
    for (;;) {
      if (!this.#inBatch) {
        this.#takeDueTimers();
        this.#remaining = ready.length;
        this.#inBatch = true;
      }
      while (this.#remaining > 0) {
        this.#remaining--;
        if (this.debug) runTimed(ready.shift()!, this);
        else ready.shift()!.run();
        if (running.drain) {
          contextState.current = null; // A callback may have left its own.
          if (!drainInTurn()) return TURN_AGAIN;
          running.drain = false;
        }
      }
      this.#inBatch = false;
      if (this.#stopping) {
        this.#end(null);
        return TURN_DONE;
      }
      if (ready.length === 0) {
        this.#arm();
        return TURN_DONE;
      }
      if (this.#turnTime.isUp()) return TURN_YIELD;
    }
  }

  /** Enqueues the due timers, after what is already ready, as asyncio does. */
  #takeDueTimers(): void {
    const timers = this.#timers;
    let next = timers.peek();
    if (next === undefined) return;
    let now = 0;
    while (next !== undefined) {
      if (!next.cancelled()) {
        if (now === 0) now = this.time();
        if (next.deadline > now) return;
      } else {
        this.#cancelledTimers--;
      }
      timers.pop();
      next.scheduled = false;
      if (!next.cancelled()) this.#ready.push(next);
      next = timers.peek();
    }
  }

  /** Makes the implementation wait for the nearest deadline; one timer serves the whole heap. */
  #arm(): void {
    const next = this.#timers.peek();
    const when = next === undefined ? Infinity : next.deadline;
    if (when === this.#armed) return;
    this.#armed = when;
    this.armTimer(next === undefined ? -1 : Math.min(Math.max(0, when - this.time()), MAX_WAIT_SECONDS));
  }

  #checkCanRun(): void {
    this.checkClosed();
    if (this.#run !== null) throw new RuntimeError("This event loop is already running; await the work instead, or createTask() it");
    if (runningLoopOrNull() !== null) {
      throw new RuntimeError("Cannot run the event loop while another loop is running; create the task on the running loop");
    }
  }

  /** Throws RuntimeError on a closed loop. */
  protected checkClosed(): void {
    if (this.#closed) throw new RuntimeError("Event loop is closed; create a new one with asyncio.newEventLoop()");
  }

  #checkCallback(callback: unknown, caller: string): void {
    if (typeof callback !== "function") throw new TypeError(`${caller}: callback must be a function, got ${describe(callback)}`);
    if (this.#closed) this.checkClosed();
    if (this.debug) checkDebugCallback(callback, caller);
  }
}
