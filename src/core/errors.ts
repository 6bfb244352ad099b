/** The error classes of uvio, under the names of asyncio and Python. System errors are Node's, with `code`, `errno` and `syscall`. */
import { constants } from "node:os";

/** An error whose `name` is the name of its class. */
export class NamedError extends Error {}

// A getter on the prototype, because errors are created more often than printed.
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
 * The operation was cancelled. `task.cancel()` throws it into the coroutine. Rethrow it if you catch it; see `isCancelled`.
 * Its `code` is `ABORT_ERR`, the code of Node's AbortError. Mirrors asyncio.CancelledError.
 */
export class CancelledError extends NamedError {
  readonly code = "ABORT_ERR";
  /** The argument of `cancel(message)` as a list of one, or an empty list. Mirrors Python's `args`. */
  readonly args: readonly unknown[];

  constructor(...args: [] | [message: unknown]) {
    const message = args[0];
    const given = message !== undefined && message !== null;
    // No stack: it would show the loop that delivers the error, and it would cost more than the rest of a cancellation.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(given ? String(message) : "");
    Error.stackTraceLimit = limit;
    this.args = given ? [message] : [];
  }
}

/** Returns the error that `cancel(message)` throws. Null stands for Python's None: no message. @internal */
export function cancelledError(message: unknown): CancelledError {
  return message === undefined || message === null ? new CancelledError() : new CancelledError(message);
}

/**
 * Whether a caught error is a cancellation, which must be rethrown. That is a CancelledError, or the AbortError with which a Node
 * function rejects if it was called with `currentTask().signal`.
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
 *       console.log("an error to handle here");
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

/** Returns `error` if it is a CancelledError, its cause if it is an AbortError caused by one, else null. @internal */
export function cancellationIn(error: unknown): CancelledError | null {
  if (error instanceof CancelledError) return error;
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== "ABORT_ERR") return null;
  return error.cause instanceof CancelledError ? error.cause : null;
}

/** The state of a Future, Task or transport does not allow the operation. Mirrors asyncio.InvalidStateError. */
export class InvalidStateError extends NamedError {}

/** A deadline has passed. Mirrors asyncio.TimeoutError. */
export class TimeoutError extends NamedError {}

/** The operation is not allowed in the current state of the program. Mirrors Python's RuntimeError. */
export class RuntimeError extends NamedError {}

/** An argument has the right type but an invalid value. Mirrors Python's ValueError. */
export class ValueError extends NamedError {}

/** A ContextVar has neither a value nor a default. Mirrors Python's LookupError. */
export class LookupError extends NamedError {}

/** An async iterator has no more items. Mirrors Python's StopAsyncIteration. */
export class StopAsyncIteration extends NamedError {}

/** A context manager receives it when the coroutine or async generator around its block is closed. Mirrors Python's GeneratorExit. */
export class GeneratorExit extends NamedError {}

/** uvio, or this loop, does not support the operation; the message names the alternative. Mirrors Python's NotImplementedError. */
export class NotImplementedError extends NamedError {}

/** The system does not support sendfile(2) here, and `fallback` was false. Mirrors asyncio.SendfileNotAvailableError. */
export class SendfileNotAvailableError extends RuntimeError {}

/** The program was interrupted: `run` rejects with it after SIGINT. Mirrors Python's KeyboardInterrupt. */
export class KeyboardInterrupt extends NamedError {}

/** The stream ended before the read was complete. Mirrors asyncio.IncompleteReadError. */
export class IncompleteReadError extends NamedError {
  /** The bytes read before the end. */
  readonly partial: Buffer;
  /** The number of bytes that were requested; null if the read was for a separator. */
  readonly expected: number | null;

  constructor(partial: Buffer, expected: number | null) {
    super(`${partial.length} bytes read on a total of ${expected === null ? "undefined" : expected} expected bytes`);
    this.partial = partial;
    this.expected = expected;
  }
}

/** The separator does not come within the reader's limit; the data stays in the buffer. Mirrors asyncio.LimitOverrunError. */
export class LimitOverrunError extends NamedError {
  /** The number of bytes that can be read before searching for the separator again. */
  readonly consumed: number;

  constructor(message: string, consumed: number) {
    super(message);
    this.consumed = consumed;
  }
}

/** `getNowait` was called on an empty queue. Mirrors asyncio.QueueEmpty. */
export class QueueEmpty extends NamedError {}

/** `putNowait` was called on a full queue. Mirrors asyncio.QueueFull. */
export class QueueFull extends NamedError {}

/** `put` or `get` was called on a queue that was shut down. Mirrors asyncio.QueueShutDown. */
export class QueueShutDown extends NamedError {}

/** The barrier was aborted, or reset while tasks waited for it. Mirrors asyncio.BrokenBarrierError. */
export class BrokenBarrierError extends RuntimeError {}

/** A process exited with a return code other than 0. Mirrors Python's subprocess.CalledProcessError. */
export class CalledProcessError extends NamedError {
  /** The exit code, or -N if signal N killed the process. */
  readonly returncode: number;
  /** The program and its arguments. */
  readonly args: readonly string[];
  /** The captured output; null if it was not captured. */
  readonly stdout: Buffer | null;
  /** The captured error output; null if it was not captured. */
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

/** The native loop cannot be used; `cause` says why: the addon is not built, or not for this system. Beyond asyncio. */
export class NativeLoopUnavailableError extends NamedError {}

/** Returns the error of a write or `drain()` on a lost connection. `cause` is the error that ended the connection, if any. */
export function connectionResetError(cause: Error | null = null): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error("Connection lost", cause === null ? undefined : { cause });
  error.code = "ECONNRESET";
  error.syscall = "write";
  return error;
}

/** Returns the ESRCH error of a signal to a process that has exited. Mirrors Python's ProcessLookupError. */
export function noSuchProcessError(): NodeJS.ErrnoException {
  return Object.assign(new Error("kill ESRCH: the process has exited"), { code: "ESRCH", errno: -constants.errno.ESRCH, syscall: "kill" });
}

/** Returns the EPIPE error of a pipe whose reader is gone while data is unsent. Mirrors Python's BrokenPipeError. */
export function brokenPipeError(): NodeJS.ErrnoException {
  const error = new Error("write EPIPE: the pipe has no reader");
  return Object.assign(error, { code: "EPIPE", errno: -constants.errno.EPIPE, syscall: "write" });
}

/** Whether the error comes from the operating system: it has a `code` and a `syscall`. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error &&
    typeof (error as NodeJS.ErrnoException).code === "string" &&
    (error as NodeJS.ErrnoException).syscall !== undefined
  );
}
