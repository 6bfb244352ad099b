/** Converts the values that scenarios log to the text that Python would print. */
import * as asyncio from "uvio";

/** The Python class of each system error code. Any other code is an OSError. */
const OS_ERRORS: Readonly<Record<string, string>> = {
  EACCES: "PermissionError",
  EAGAIN: "BlockingIOError",
  ECHILD: "ChildProcessError",
  ECONNABORTED: "ConnectionAbortedError",
  ECONNREFUSED: "ConnectionRefusedError",
  ECONNRESET: "ConnectionResetError",
  EEXIST: "FileExistsError",
  EISDIR: "IsADirectoryError",
  ENOENT: "FileNotFoundError",
  ENOTDIR: "NotADirectoryError",
  ENOTFOUND: "gaierror",
  EPERM: "PermissionError",
  EPIPE: "BrokenPipeError",
  ESRCH: "ProcessLookupError",
  ETIMEDOUT: "TimeoutError",
};

/** `type(error).__name__`. */
export function typeName(error: unknown): string {
  if (!(error instanceof Error)) return error === null ? "NoneType" : typeof error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code !== undefined && (syscall !== undefined || code in OS_ERRORS)) return OS_ERRORS[code] ?? "OSError";
  return error.constructor.name;
}

/** `str(value)`. */
export function text(value: unknown): string {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null || value === undefined) return "None";
  if (value instanceof Error) return value.message;
  return String(value as string | number);
}

/** asyncio's sentence in one of our messages, which go on, after a semicolon, to say what to do about it. */
export function sentence(error: unknown): string {
  return (error as Error).message.split(";")[0]!.replace(/\.$/, "");
}

/** Python's errors that have no counterpart of their own. */
export class KeyError extends Error {}
export class OSError extends Error {}

/** Does what `except asyncio.CancelledError` does: rethrows any other error. */
export function expectCancelled(error: unknown): asyncio.CancelledError {
  if (error instanceof asyncio.CancelledError) return error;
  throw error;
}

/** Does what `except SomeError as e` does: rethrows any error of another class. */
export function expectError<E extends Error>(error: unknown, type: new (...args: never[]) => E): E {
  if (error instanceof type) return error;
  throw error;
}

/** As expectError, for an OSError by Python's name. */
export function expectOsError(error: unknown, name: string): NodeJS.ErrnoException {
  if (typeName(error) === name) return error as NodeJS.ErrnoException;
  throw error;
}
