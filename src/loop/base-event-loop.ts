import type { MessagePort } from "node:worker_threads";
import { MAX_WAIT_SECONDS, MIN_TIMERS_BEFORE_PURGE, SLOW_CALLBACK_SECONDS } from "../core/constants.js";
import { contextState } from "../core/contextvars.js";
import type { Callback, EventLoop, ExceptionContext, ExceptionHandler, Runnable, TaskOptions } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
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
import { RemoteCalls } from "./remote-loop.js";
import { reportException } from "./exception-report.js";

/** What `turn` asks of the implementation. The codes are those of addon.ts. */
export const TURN_DONE = 0;

/** Let microtasks and ticks drain, then call `turn` again at once: an async function was resumed. */
export const TURN_AGAIN = 1;

/** Poll, without blocking, then call `turn` again: more is ready. */
export const TURN_YIELD = 2;

/** Batches within one turn before the operating system is asked for events again; and the seconds they may take. */
const MAX_ROUNDS = 64;
const MAX_TURN_SECONDS = 0.002;

/**
 * What both loops share: the ready queue, the timers, the turn, exception handling. An implementation adds how to wake up, how to wait
 * for the nearest deadline, and transports. Mirrors asyncio.BaseEventLoop.
 */
export abstract class BaseEventLoop extends AbstractEventLoop implements EventLoop {
  /** @internal */ readonly tasks = new LinkedList<ListNode>();
  readonly #ready = new Deque<Runnable>();
  readonly #timers = new Heap<TimerHandle>();
  #cancelledTimers = 0;
  /** A batch is exactly what was ready when it began. True from then until its last handle has run and drained. */
  #inBatch = false;
  /** Handles of the batch that have not run yet. */
  #remaining = 0;
  #inTurn = false;
  /** Of the turn, drains included: batches since the clock was last read, and when it is to end; 0 before it is known. */
  #rounds = 0;
  #turnDeadline = 0;
  /** The implementation was asked for a turn that has not begun. */
  #turnRequested = false;
  /** The deadline the implementation waits for; Infinity if none. */
  #armed = Infinity;
  #stopping = false;
  #closed = false;
  /** The promise of the run under way. */
  #run: { resolve: () => void; reject: (error: unknown) => void } | null = null;
  #exceptionHandler: ExceptionHandler | null = null;
  /** @internal */ debug = process.env["UVIO_DEBUG"] === "1";
  /** Seconds after which debug mode reports a callback as slow. */
  slowCallbackDuration = SLOW_CALLBACK_SECONDS;
  #taskFactory: TaskFactory | null = null;
  /** @internal */ readonly asyncGenerators = new LiveAsyncGenerators();
  readonly #executors = new DefaultExecutor(this);
  readonly #remoteCalls = new RemoteCalls(this);
  readonly #futureOptions = { loop: this };

  // ---------------------------------------------------------------------------------------------- for the implementation

  /** Have `turn` called soon, without waiting for events. */
  protected abstract requestTurn(): void;
  /** Have `turn` called after `seconds` at the latest; negative: no deadline. Replaces the previous one. */
  protected abstract armTimer(seconds: number): void;
  /** A run has begun: keep the process alive. */
  protected abstract onRunBegins(): void;
  protected abstract onRunEnds(): void;
  /** Release everything. */
  protected abstract onClose(): void;

  abstract ref(): void;
  abstract unref(): void;

  /**
   * One turn of the loop: `events` (the implementation's own, if there are any) and due timers join the ready queue, then what is ready runs.
   * Returns a TURN code. Called by the implementation only, from a neutral async context: not from that of whatever woke the loop.
   */
  protected turn(events: Runnable | null = null): number {
    this.#turnRequested = false;
    if (this.#run === null) return TURN_DONE;
    if (events !== null) this.#ready.push(events);
    return this.#runTurn();
  }

  // ---------------------------------------------------------------------------------------------- running

  /**
   * Runs until `stop()`. The promise resolves then; Node's own loop turns underneath, so everything else in the process goes on.
   * RuntimeError if a loop is running in this thread.
   */
  runForever(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#checkCanRun();
      this.#run = { resolve, reject };
      setRunningLoop(this);
      this.onRunBegins();
      this.#wake(); // Also when nothing is ready: a stop() called before the run ends it after one turn.
    });
  }

  /**
   * Runs until the future is done, and gives its result; a coroutine or function is made into a task first.
   * RuntimeError if the loop is stopped before.
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

  /** Ends the run after the batch under way. */
  stop(): void {
    this.#stopping = true;
    if (this.#run !== null) this.#wake();
  }

  /** Whether a run is under way. */
  isRunning(): boolean {
    return this.#run !== null;
  }

  /** Whether it was closed; then everything that schedules is a RuntimeError. */
  isClosed(): boolean {
    return this.#closed;
  }

  /** Releases everything; what is scheduled is dropped without running. RuntimeError while the loop is running. Idempotent. */
  close(): void {
    if (this.#run !== null) throw new RuntimeError("Cannot close a running event loop; stop() it and await the run first");
    if (this.#closed) return;
    this.#closed = true;
    this.#ready.clear();
    this.#timers.clear();
    this.#remaining = 0;
    this.#executors.close();
    this.#remoteCalls.close();
    this.onClose();
  }

  /** Monotonic seconds; the clock of callAt. */
  time(): number {
    return performance.now() / 1000;
  }

  // ---------------------------------------------------------------------------------------------- scheduling

  /** Calls `callback(...args)` in the next turn, first come first served. Mirrors loop.call_soon. */
  callSoon<A extends unknown[]>(callback: Callback<A>, ...args: A): Handle {
    this.#checkCallback(callback, "callSoon");
    const handle = new Handle(this, callback, args.length === 0 ? null : args);
    this.enqueue(handle);
    return handle;
  }

  /** As callSoon, and wakes a loop that sleeps. From another thread use `loop.remote()`. */
  callSoonThreadsafe<A extends unknown[]>(callback: Callback<A>, ...args: A): Handle {
    return this.callSoon(callback, ...args);
  }

  /** Calls `callback(...args)` after `delay` seconds; equal deadlines in the order they were scheduled. Mirrors loop.call_later. */
  callLater<A extends unknown[]>(delay: number, callback: Callback<A>, ...args: A): TimerHandle {
    if (typeof delay !== "number" || Number.isNaN(delay)) throw new TypeError(`delay must be a number of seconds, got ${describe(delay)}`);
    return this.#schedule(this.time() + delay, callback, args, "callLater");
  }

  /** Calls `callback(...args)` when `loop.time()` reaches `when`. Mirrors loop.call_at. */
  callAt<A extends unknown[]>(when: number, callback: Callback<A>, ...args: A): TimerHandle {
    if (typeof when !== "number" || Number.isNaN(when)) throw new TypeError(`when must be a time in seconds, got ${describe(when)}`);
    return this.#schedule(when, callback, args, "callAt");
  }

  /** A Future of this loop. Mirrors loop.create_future. */
  createFuture<T = unknown>(): Future<T> {
    return new Future<T>(this.#futureOptions);
  }

  /** Mirrors loop.create_task: see `createTask()`. */
  createTask<T>(source: TaskSource<T>, options: TaskOptions = {}): Task<T> {
    this.checkClosed();
    checkSource(source, "createTask");
    const factory = this.#taskFactory;
    if (factory !== null) return factory(this, source, options);
    return new Task<T>(source, { loop: this, name: options.name, context: options.context, eagerStart: options.eagerStart });
  }

  /** Has `createTask` call `factory(loop, source, options)`; null restores the default. Mirrors loop.set_task_factory. */
  setTaskFactory(factory: TaskFactory | null): void {
    if (factory !== null && typeof factory !== "function")
      throw new TypeError(`factory must be a function or null, got ${describe(factory)}`);
    this.#taskFactory = factory;
  }

  /** What `setTaskFactory` has set, or null. */
  getTaskFactory(): TaskFactory | null {
    return this.#taskFactory;
  }

  /** Closes the async generators that were begun and not finished. Mirrors loop.shutdown_asyncgens. */
  shutdownAsyncgens(): Coroutine<void> {
    return shutdownAsyncgens(this, this.asyncGenerators);
  }

  // ---------------------------------------------------------------------------------------------- threads and processes

  /**
   * Has `fn(...args)` run in another thread or process; null: in the default executor's threads. `fn` must be an exported function, see
   * `exported()`; give it a context with `context.wrap(fn)`. Cancelling a job that runs leaves it running, unless the executor
   * terminates. RuntimeError after `shutdownDefaultExecutor`. Mirrors loop.run_in_executor.
   */
  runInExecutor<A extends unknown[], R>(executor: Executor | null, fn: Work<A, R>, ...args: A): Future<Awaited<R>> {
    if (this.#closed) this.checkClosed();
    return this.#executors.submit(executor, fn, args) as Future<Awaited<R>>;
  }

  /** What `runInExecutor(null, ...)` and `toThread` use: a ThreadPoolExecutor. Mirrors loop.set_default_executor. */
  setDefaultExecutor(executor: ThreadPoolExecutor): void {
    this.#executors.setDefault(executor);
  }

  /**
   * Waits until the jobs of the default executor are done and its threads gone; after `timeout` seconds it warns and waits no longer. `run`
   * calls it. Mirrors loop.shutdown_default_executor.
   */
  shutdownDefaultExecutor(timeout: number | null = null): Coroutine<void> {
    if (timeout !== null) checkSeconds("timeout", timeout);
    return shutdownDefaultExecutor(this.#executors, timeout);
  }

  /**
   * A way into this loop for another thread: a port to be transferred there, where `new RemoteLoop(port)` takes it. One for each
   * thread. It ends with the loop.
   */
  remote(): MessagePort {
    if (this.#closed) this.checkClosed();
    return this.#remoteCalls.open();
  }

  /** Serves the calls of the RemoteLoop at the port's other end. @internal */
  serveRemote(port: MessagePort): void {
    this.#remoteCalls.serve(port);
  }

  /** An exported function that makes another loop of this kind, in any thread. @internal */
  abstract readonly factory: () => BaseEventLoop;

  /** @internal */
  enqueue(runnable: Runnable): void {
    if (this.#closed) this.checkClosed();
    this.#ready.push(runnable);
    if (!this.#inTurn) this.#wake();
  }

  /** @internal */
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

  /** Tells the exception handler, which must not fail the loop whatever it does. Mirrors loop.call_exception_handler. */
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
        // The console itself fails: there is nobody left to tell.
      }
    }
  }

  /** `null` restores the default, which writes to stderr. */
  setExceptionHandler(handler: ExceptionHandler | null): void {
    if (handler !== null && typeof handler !== "function")
      throw new TypeError(`handler must be a function or null, got ${describe(handler)}`);
    this.#exceptionHandler = handler;
  }

  /** What `setExceptionHandler` has set, or null. */
  getExceptionHandler(): ExceptionHandler | null {
    return this.#exceptionHandler;
  }

  /** Writes what happened to stderr: for handlers of your own that leave something to it. Mirrors loop.default_exception_handler. */
  defaultExceptionHandler(context: ExceptionContext): void {
    reportException(context);
  }

  /** Whether debug mode is on. Mirrors loop.get_debug. */
  getDebug(): boolean {
    return this.debug;
  }

  /** Debug mode: what blocks the loop is reported, and errors say where things were made. Mirrors loop.set_debug. */
  setDebug(enabled: boolean): void {
    this.debug = Boolean(enabled);
  }

  override toString(): string {
    return `<${className(this)} running=${this.isRunning()} closed=${this.#closed}>`;
  }

  // ---------------------------------------------------------------------------------------------- inside

  /** Settles the promise of the run; with an error where the run cannot go on. */
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

  /** What comes through here as an exception is a KeyboardInterrupt or a bug of uvio: it ends the run rather than hang it. */
  #runTurn(): number {
    // Timers count milliseconds and may fire early: within two of them the timer counts as gone, and is armed anew.
    if (this.#armed !== Infinity && this.time() >= this.#armed - 0.002) this.#armed = Infinity;
    if (!this.#inTurn) this.#rounds = this.#turnDeadline = 0;
    this.#inTurn = true;
    running.drain = false;
    let next = TURN_DONE;
    try {
      return (next = this.#runBatches());
    } catch (error) {
      this.#end({ error });
      return TURN_DONE;
    } finally {
      this.#inTurn = next === TURN_AGAIN; // The turn goes on after the drain: what is scheduled meanwhile needs no wake-up.
      contextState.current = null;
    }
  }

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
          running.drain = false;
          return TURN_AGAIN;
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
      if (++this.#rounds === MAX_ROUNDS) {
        this.#rounds = 0;
        const now = this.time();
        if (this.#turnDeadline === 0) this.#turnDeadline = now + MAX_TURN_SECONDS;
        else if (now >= this.#turnDeadline) return TURN_YIELD;
      }
    }
  }

  /** Moves what is due behind what is ready already, as asyncio does. */
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

  /** Has the implementation wait for the nearest deadline. */
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
      throw new RuntimeError("Cannot run the event loop while another loop is running; a thread has one: createTask() on it");
    }
  }

  /** RuntimeError on a closed loop. */
  protected checkClosed(): void {
    if (this.#closed) throw new RuntimeError("Event loop is closed; make a new one with asyncio.newEventLoop()");
  }

  #checkCallback(callback: unknown, caller: string): void {
    if (typeof callback !== "function") throw new TypeError(`${caller}: callback must be a function, got ${describe(callback)}`);
    if (this.#closed) this.checkClosed();
    if (this.debug) checkDebugCallback(callback, caller);
  }
}
