/** The classes of errors that uvio raises, by asyncio's and Python's names. System errors (`code`, `errno`, `syscall`) are Node's. */
import { constants } from "node:os";

/** An error whose name is its class's. */
export class NamedError extends Error {}

// The name is the class's; computed when asked for, since errors are made more often than printed.
Object.defineProperty(NamedError.prototype, "name", {
  get(this: object) {
    return this.constructor.name;
  },
  set(this: object, value: unknown) {
    Object.defineProperty(this, "name", { value, configurable: true, writable: true });
  },
  configurable: true,
});

/**
 * The operation was cancelled. Thrown into a coroutine by `task.cancel()`; do not swallow it (see `isCancelled`).
 * Its `code` is `ABORT_ERR`, as that of Node's own AbortError. Mirrors asyncio.CancelledError.
 */
export class CancelledError extends NamedError {
  readonly code = "ABORT_ERR";
  /** What was given to `cancel(message)`: empty, or that one value. Mirrors Python's `args`. */
  readonly args: readonly unknown[];

  constructor(...args: [] | [message: unknown]) {
    const message = args[0];
    const given = message !== undefined && message !== null;
    // Without a stack, which would be that of the loop delivering it and costs more than all else in a cancellation.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(given ? String(message) : "");
    Error.stackTraceLimit = limit;
    this.args = given ? [message] : [];
  }
}

/** What `cancel(message)` throws: null is Python's None, no message. @internal */
export function cancelledError(message: unknown): CancelledError {
  return message === undefined || message === null ? new CancelledError() : new CancelledError(message);
}

/**
 * Whether an error caught by `catch` is a cancellation, which must be thrown on: a CancelledError, or the AbortError that Node's own
 * functions make of one when they are given `currentTask().signal`.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const task = asyncio.createTask(async () => {
 *     try {
 *       await asyncio.sleep(3600);
 *     } catch (error) {
 *       if (asyncio.isCancelled(error)) throw error;
 *       console.log("an error that can be dealt with");
 *     }
 *   });
 *   await asyncio.sleep(0);
 *   task.cancel();
 *   await asyncio.wait([task]);
 *   console.log(task.cancelled()); // true
 * });
 * ```
 */
export function isCancelled(error: unknown): boolean {
  return cancellationIn(error) !== null;
}

/** The cancellation that an error is, or stands for. @internal */
export function cancellationIn(error: unknown): CancelledError | null {
  if (error instanceof CancelledError) return error;
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== "ABORT_ERR") return null;
  return error.cause instanceof CancelledError ? error.cause : null;
}

/** The state of a Future, Task or transport does not allow the operation. Mirrors asyncio.InvalidStateError. */
export class InvalidStateError extends NamedError {}

/** A deadline has passed. Mirrors asyncio.TimeoutError. */
export class TimeoutError extends NamedError {}

/** Something was done at a time when it cannot be done. Mirrors Python's RuntimeError. */
export class RuntimeError extends NamedError {}

/** An argument of the right type, and a value that cannot be. Mirrors Python's ValueError. */
export class ValueError extends NamedError {}

/** Mirrors Python's LookupError: a ContextVar has no value. */
export class LookupError extends NamedError {}

/** A coroutine or async generator has no more items. Mirrors Python's StopAsyncIteration. */
export class StopAsyncIteration extends NamedError {}

/** What a block's manager is told when the coroutine or async generator around it is closed. Mirrors Python's GeneratorExit. */
export class GeneratorExit extends NamedError {}

/** What uvio cannot do yet, or not on this loop; the message says what and where to turn. Mirrors Python's NotImplementedError. */
export class NotImplementedError extends NamedError {}

/** The system has no sendfile(2) for this file or connection, and no fallback was wanted. Mirrors asyncio.SendfileNotAvailableError. */
export class SendfileNotAvailableError extends RuntimeError {}

/** What `run` rejects with after SIGINT. Mirrors Python's KeyboardInterrupt. */
export class KeyboardInterrupt extends NamedError {}

/** The stream ended before the read was complete. Mirrors asyncio.IncompleteReadError. */
export class IncompleteReadError extends NamedError {
  /** The bytes read before the end. */
  readonly partial: Buffer;
  /** How many bytes were asked for; null when a separator was. */
  readonly expected: number | null;

  constructor(partial: Buffer, expected: number | null) {
    super(`${partial.length} bytes read on a total of ${expected === null ? "undefined" : expected} expected bytes`);
    this.partial = partial;
    this.expected = expected;
  }
}

/** The separator was not found, or found too late, within the reader's limit; the data stays in the buffer. Mirrors asyncio.LimitOverrunError. */
export class LimitOverrunError extends NamedError {
  /** How many bytes can be consumed before looking again. */
  readonly consumed: number;

  constructor(message: string, consumed: number) {
    super(message);
    this.consumed = consumed;
  }
}

/** `getNowait` on an empty queue. Mirrors asyncio.QueueEmpty. */
export class QueueEmpty extends NamedError {}

/** `putNowait` on a full queue. Mirrors asyncio.QueueFull. */
export class QueueFull extends NamedError {}

/** `put` or `get` on a queue that was shut down. Mirrors asyncio.QueueShutDown. */
export class QueueShutDown extends NamedError {}

/** The barrier was aborted, or reset while tasks waited for it. Mirrors asyncio.BrokenBarrierError. */
export class BrokenBarrierError extends RuntimeError {}

/** A process ended with another return code than 0. Mirrors Python's subprocess.CalledProcessError. */
export class CalledProcessError extends NamedError {
  /** -N if signal N has ended it. */
  readonly returncode: number;
  /** The program and its arguments. */
  readonly args: readonly string[];
  /** What it has printed, where that was captured. */
  readonly stdout: Buffer | null;
  readonly stderr: Buffer | null;

  constructor(args: readonly string[], returncode: number, stdout: Buffer | null, stderr: Buffer | null) {
    const how = returncode < 0 ? `was ended by signal ${-returncode}` : `failed with the exit code ${returncode}`;
    const tail = stderr === null || stderr.length === 0 ? "" : `: ${stderr.subarray(-1000).toString().trim()}`;
    super(`${JSON.stringify(args[0])} ${how}${tail}`);
    this.args = args;
    this.returncode = returncode;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/** The native loop cannot be used in this process; `cause` says why: the addon was not built, or not for this system. uvio's own. */
export class NativeLoopUnavailableError extends NamedError {}

/** What `drain()` fails with when the connection is gone. `cause`: what it was lost to, if it was an error. */
export function connectionResetError(cause: Error | null = null): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error("Connection lost", cause === null ? undefined : { cause });
  error.code = "ECONNRESET";
  error.syscall = "write";
  return error;
}

/** What a signal to a process fails with that is no more. Python's ProcessLookupError. */
export function noSuchProcessError(): NodeJS.ErrnoException {
  return Object.assign(new Error("kill ESRCH: the process has exited"), { code: "ESRCH", errno: -constants.errno.ESRCH, syscall: "kill" });
}

/** What a pipe is lost to that nobody reads while there is data for it. Python's BrokenPipeError. */
export function brokenPipeError(): NodeJS.ErrnoException {
  return Object.assign(new Error("write EPIPE: nobody reads the pipe"), { code: "EPIPE", errno: -constants.errno.EPIPE, syscall: "write" });
}

export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error &&
    typeof (error as NodeJS.ErrnoException).code === "string" &&
    (error as NodeJS.ErrnoException).syscall !== undefined
  );
}
