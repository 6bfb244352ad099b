/** subprocessExec and subprocessShell: the part that both loops share. */
import { fileURLToPath } from "node:url";
import type { Stdio, SubprocessOptions, SubprocessProtocol, SubprocessTransport } from "../core/contracts.js";
import { NotImplementedError, ValueError } from "../core/errors.js";
import { DEVNULL, PIPE, STDOUT } from "./stdio.js";
import { coroutine } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import { describe } from "../util/format.js";
import { checkOptions, splitOptions } from "../util/options.js";
import { protocolOf } from "../transports/attach-protocol.js";
import { descriptorOf } from "../net/pipe-endpoints.js";
import { BaseSubprocessTransport } from "../transports/subprocess-transport.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import type { ChildDescriptor, SpawnBackend, SpawnRequest } from "./spawn-request.js";

export const spawnSubprocess = coroutine(function* spawnSubprocess(
  loop: HandleOwner,
  backend: SpawnBackend,
  factory: () => SubprocessProtocol,
  request: SpawnRequest,
) {
  const protocol = protocolOf(factory);
  const transport = new BaseSubprocessTransport(loop, protocol);
  transport.begin(yield* backend.spawn(loop, request, transport.onExit));
  const ready = new Future<void>({ loop });
  transport.tellWhenBegun(ready);
  try {
    yield* ready;
  } catch (error) {
    transport.close();
    yield* transport.waitForExit(true);
    throw error;
  }
  return [transport, protocol] as [SubprocessTransport, SubprocessProtocol];
});

// ------------------------------------------------------------------------------------------------ arguments

/** Builds the request of subprocessExec. `args`: the program's arguments, optionally followed by the options. */
export function execRequest(program: unknown, args: readonly unknown[]): SpawnRequest {
  const [given, options] = splitOptions<SubprocessOptions>(args);
  const argv = [checkText(program, "program"), ...given.map(checkArgument)];
  if (program === "") throw new ValueError("program must not be empty");
  return requestOf(checkExecutable(options) ?? argv[0]!, argv, options);
}

export function shellRequest(command: unknown, options: SubprocessOptions): SpawnRequest {
  checkText(command, "command");
  checkOptions(options, "{ stdout: subprocess.PIPE }");
  const shell = checkExecutable(options) ?? "/bin/sh";
  return requestOf(shell, [shell, "-c", command as string], options);
}

const OPTIONS = ["stdin", "stdout", "stderr", "cwd", "env", "uid", "gid", "startNewSession", "passFds", "executable"];
/** Options of Python that are not supported. */
const MISSING = ["preexecFn", "umask", "processGroup", "extraGroups", "user", "group", "pipesize", "restoreSignals"];
/** Options of Python that asyncio rejects, because the streams of a subprocess are binary. */
const BYTES_ONLY = ["text", "encoding", "errors", "universalNewlines", "bufsize"];

function requestOf(file: string, argv: string[], options: SubprocessOptions): SpawnRequest {
  for (const name of Object.keys(options)) {
    if (OPTIONS.includes(name) || (options as Record<string, unknown>)[name] === undefined) continue;
    if (BYTES_ONLY.includes(name)) throw new ValueError(`${name} is not supported: the streams of a subprocess are binary`);
    if (MISSING.includes(name)) throw new NotImplementedError(`subprocesses do not support the option ${name}`);
    throw new TypeError(`unknown option ${name}; expected one of ${OPTIONS.join(", ")}`);
  }
  const { startNewSession = false, cwd = null } = options;
  if (typeof startNewSession !== "boolean") throw new TypeError(`startNewSession must be a boolean, got ${describe(startNewSession)}`);
  return {
    file,
    argv,
    env: environmentOf(options.env ?? null),
    cwd: folderOf(cwd),
    uid: checkId(options.uid, "uid"),
    gid: checkId(options.gid, "gid"),
    newSession: startNewSession,
    stdio: stdioOf(options),
  };
}

function stdioOf({ stdin = PIPE, stdout = PIPE, stderr = PIPE, passFds = [] }: SubprocessOptions): ChildDescriptor[] {
  const stdio: ChildDescriptor[] = [
    childDescriptor(stdin, 0, "stdin"),
    childDescriptor(stdout, 1, "stdout"),
    stderr === STDOUT ? "stdout" : childDescriptor(stderr, 2, "stderr"),
  ];
  if (!Array.isArray(passFds)) throw new TypeError(`passFds must be an array of descriptors, got ${describe(passFds)}`);
  for (const fd of passFds) {
    if (!Number.isInteger(fd) || fd < 0 || fd > 0xffff) throw new TypeError(`passFds must contain descriptors, got ${describe(fd)}`);
    if (fd < stdio.length) continue; // A standard stream, or a repeated number.
    while (stdio.length < fd) stdio.push("nothing");
    stdio.push(fd);
  }
  for (const fd of passFds) if (fd > 2) stdio[fd] = fd;
  return stdio;
}

function childDescriptor(value: Stdio, inherited: number, name: string): ChildDescriptor {
  if (value === null) return inherited;
  if (value === PIPE) return "pipe";
  if (value === DEVNULL) return "nothing";
  if (value === STDOUT) throw new ValueError(`${name} must not be STDOUT; only stderr can be redirected to stdout`);
  return descriptorOf(value, name);
}

function environmentOf(env: unknown): Record<string, string> | null {
  if (env === null) return null;
  if (typeof env !== "object" || Symbol.iterator in env) throw new TypeError(`env must be an object of strings, got ${describe(env)}`);
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(env as object)) {
    if (value === undefined) continue;
    if (name === "" || name.includes("=")) throw new ValueError(`env has an illegal name: ${describe(name)}`);
    checkText(name, "a name in env");
    variables[name] = checkText(value, `env.${name}`);
  }
  return variables;
}

function checkExecutable({ executable }: SubprocessOptions): string | null {
  if (executable === "") throw new ValueError("executable must not be empty");
  return executable === undefined || executable === null ? null : checkText(executable, "executable");
}

function folderOf(cwd: unknown): string | null {
  if (cwd === null) return null;
  if (cwd === "") throw new ValueError("cwd must not be empty; use null for the working directory of this process");
  return checkText(cwd instanceof URL ? fileURLToPath(cwd) : cwd, "cwd");
}

function checkArgument(value: unknown, i: number): string {
  if (Array.isArray(value)) throw new TypeError(`argument ${i + 1} must be a string, got an array; use (program, ...array, options)`);
  return checkText(value, `argument ${i + 1}`);
}

function checkId(id: unknown, name: string): number | null {
  if (id === undefined || id === null) return null;
  if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > 0x7fff_ffff) {
    throw new TypeError(`${name} must be a non-negative integer, got ${describe(id)}`);
  }
  return id as number;
}

function checkText(value: unknown, name: string): string {
  if (typeof value !== "string") throw new TypeError(`${name} must be a string, got ${describe(value)}`);
  if (value.includes("\0")) throw new ValueError(`${name} must not contain a null character`);
  return value;
}
