/** Functions that start child processes with streams. */
import type { ArgumentsAndOptions, Awaitable, EventLoop, SubprocessOptions, SubprocessTransport } from "../core/contracts.js";
import { getRunningLoop } from "../core/running.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import { checkOptions, flattened, splitOptions } from "../util/options.js";
import { Process } from "./process.js";
import { SubprocessStreamProtocol } from "./protocol.js";

/** Options of `createSubprocessExec()` and `createSubprocessShell()`. */
export interface ProcessOptions extends SubprocessOptions {
  /** Maximum length of a line of stdout and stderr in bytes; default 65536. */
  limit?: number;
}

/**
 * Starts a program with arguments; the options come last. By default the child inherits the standard streams of this process. Rejects with
 * ENOENT, EACCES ... if it cannot be started. Mirrors asyncio.create_subprocess_exec.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const child = await asyncio.createSubprocessExec("tr", "a-z", "A-Z", {
 *     stdin: asyncio.subprocess.PIPE,
 *     stdout: asyncio.subprocess.PIPE,
 *   });
 *   const [output] = await child.communicate("hello");
 *   console.log(String(output), child.returncode); // HELLO 0
 * });
 * ```
 */
export function createSubprocessExec(program: string, ...args: ArgumentsAndOptions<ProcessOptions>): Coroutine<Process> {
  const [given, options] = splitOptions<ProcessOptions>(args);
  return create(options, (loop, factory, rest) => loop.subprocessExec(factory, program, ...given, rest));
}

/**
 * Starts a command line in /bin/sh. Quote everything in it that comes from outside the program. Mirrors asyncio.create_subprocess_shell.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const child = await asyncio.createSubprocessShell("echo hello | wc -c", { stdout: asyncio.subprocess.PIPE });
 *   const [output] = await child.communicate();
 *   console.log(Number(output)); // 6
 * });
 * ```
 */
export function createSubprocessShell(command: string, options: ProcessOptions = {}): Coroutine<Process> {
  checkOptions(options, "{ stdout: subprocess.PIPE }");
  return create(options, (loop, factory, rest) => loop.subprocessShell(factory, command, rest));
}

type Start = (
  loop: EventLoop,
  factory: () => SubprocessStreamProtocol,
  options: SubprocessOptions,
) => Awaitable<[SubprocessTransport, SubprocessStreamProtocol]>;

const create = coroutine(function* createSubprocess(given: ProcessOptions, start: Start) {
  const { limit, ...options } = flattened(given);
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0)) {
    throw new TypeError(`limit must be a positive integer, got ${describe(limit)}`);
  }
  const loop = getRunningLoop();
  const withDefaults = { ...options, stdin: options.stdin ?? null, stdout: options.stdout ?? null, stderr: options.stderr ?? null };
  const [transport, protocol] = yield* start(loop, () => new SubprocessStreamProtocol(limit, loop), withDefaults);
  return new Process(transport, protocol);
});
