/** The errors of the programs, and values as they are logged. */
import * as asyncio from "uvio";

export class Boom extends Error {}

/** The program does not end. */
export class TooLong extends Error {}

/** An error as it is logged. Only the program's own errors with their texts. */
export function nameOf(error: unknown): string {
  if (error instanceof asyncio.CancelledError) return `Cancelled(${error.args.map(String).join(",")})`;
  if (error instanceof AggregateError) return `Group(${error.errors.map(nameOf).join(",")})`;
  if (error instanceof Boom) return `Boom(${error.message})`;
  return error instanceof Error ? error.constructor.name : String(error);
}

/** Whether Python's `except Exception` catches it. */
export function isException(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isException);
  return !(asyncio.isCancelled(error) || error instanceof asyncio.GeneratorExit || error instanceof TooLong);
}

/** As Python prints it. */
export function show(value: unknown): string {
  if (value === true) return "True";
  if (value === false) return "False";
  return value === null || value === undefined ? "None" : String(value as string | number);
}

export function stateOf(future: asyncio.Future<unknown>): string {
  if (!future.done()) return "pending";
  if (future.cancelled()) return "cancelled";
  const exception = future.exception();
  return exception === null ? show(future.result()) : nameOf(exception);
}
