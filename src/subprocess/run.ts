/** `runProcess()`: runs a program to its end. */
import type { ArgumentsAndOptions } from "../core/contracts.js";
import { CalledProcessError, TimeoutError } from "../core/errors.js";
import { PIPE, DEVNULL } from "./stdio.js";
import { waitFor } from "../combinators/wait-for.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import { flattened, splitOptions } from "../util/options.js";
import { createSubprocessExec, type ProcessOptions } from "./create.js";
import { checkInput } from "./process.js";

/** Options of `runProcess()`. */
export interface RunProcessOptions extends ProcessOptions {
  /** Data for stdin; default: none. */
  input?: Uint8Array | string | null;
  /** Seconds after which the process is killed. */
  timeout?: number | null;
  /** Whether a return code other than 0 is an error. Default false. */
  check?: boolean;
}

/** The result of a process. Mirrors Python's subprocess.CompletedProcess. */
export interface CompletedProcess {
  /** The program and its arguments. */
  args: readonly string[];
  /** The exit code, or -N if signal N terminated it. */
  returncode: number;
  /** The output; null if it was not a PIPE. */
  stdout: Buffer | null;
  stderr: Buffer | null;
}

/**
 * Runs a program to its end and returns its output. Rejects with CalledProcessError for a return code other than 0 if `check` is true, and
 * with TimeoutError after `timeout` seconds. After a timeout or a cancellation the process has been killed and has exited. Mirrors
 * subprocess.run.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * const { stdout } = await asyncio.run(() => asyncio.runProcess("sort", { input: "b\na\n", timeout: 10, check: true }));
 * console.log(stdout!.toString().split("\n").join(" ")); // a b
 * ```
 */
export function runProcess(program: string, ...args: ArgumentsAndOptions<RunProcessOptions>): Coroutine<CompletedProcess> {
  const [given, options] = splitOptions<RunProcessOptions>(args);
  const { input = null, timeout = null, check = false } = options;
  checkInput(input);
  if (timeout !== null && (typeof timeout !== "number" || Number.isNaN(timeout))) {
    throw new TypeError(`timeout must be a number of seconds or null, got ${describe(timeout)}`);
  }
  if (typeof check !== "boolean") throw new TypeError(`check must be a boolean, got ${describe(check)}`);
  return run([program, ...given], options);
}

const run = coroutine(function* runProcess(args: readonly string[], options: RunProcessOptions) {
  const { input = null, timeout = null, check = false, ...rest } = flattened(options);
  const [program, ...given] = args as [string, ...string[]];
  const stdin = rest.stdin ?? (input === null ? DEVNULL : PIPE);
  const process = yield* createSubprocessExec(program, ...given, { stdout: PIPE, stderr: PIPE, ...rest, stdin });
  let output: [Buffer | null, Buffer | null];
  try {
    output = yield* waitFor(process.communicate(input), timeout);
  } catch (error) {
    yield* process.end();
    if (error instanceof TimeoutError) throw new TimeoutError(`${JSON.stringify(program)} was killed: it ran longer than ${timeout} s`);
    throw error;
  }
  const [stdout, stderr] = output;
  const returncode = process.returncode!;
  if (check && returncode !== 0) throw new CalledProcessError(args, returncode, stdout, stderr);
  return { args, returncode, stdout, stderr };
});
