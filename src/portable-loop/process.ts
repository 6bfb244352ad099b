/** Child processes of the portable loop, over node:child_process. */
import type { ChildProcess, StdioOptions } from "node:child_process";
import type { Socket } from "node:net";
import { constants } from "node:os";
import type { Runnable } from "../core/contracts.js";
import { coroutine } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import { isSystemError } from "../core/errors.js";
import { spawnError, type ChildDescriptor, type SpawnRequest } from "../subprocess/spawn-request.js";
import type { Spawned } from "../transports/subprocess-transport.js";
import type { OwnedHandle, HandleOwner } from "../transports/owned-handles.js";
import { pipeEnd } from "./pipe.js";
import { socketPair } from "./socket-pair.js";

/** A child process of the portable loop, over node:child_process. */
class NodeProcess implements Spawned, OwnedHandle, Runnable {
  readonly #loop: HandleOwner;
  readonly #child: ChildProcess;
  readonly pid: number;
  readonly pipes: Spawned["pipes"];
  readonly #onExit: (returncode: number) => void;
  #returncode = 0;

  constructor(loop: HandleOwner, child: ChildProcess, pipes: Spawned["pipes"], onExit: (returncode: number) => void) {
    this.#loop = loop;
    this.#child = child;
    this.pid = child.pid!;
    this.pipes = pipes;
    this.#onExit = onExit;
    loop.ownedHandles.add(this);
    child.on("error", () => {}); // Node's kill() throws only EINVAL and ENOSYS; it emits other errors (EPERM), which are not reported here.
    child.once("exit", (code, signal) => {
      this.#returncode = code ?? -constants.signals[signal!];
      loop.ownedHandles.delete(this);
      if (!loop.isClosed()) loop.enqueue(this);
    });
  }

  /** Called by the loop's turn after the process has exited. */
  run(): void {
    this.#onExit(this.#returncode);
  }

  kill(signal: number): void {
    this.#child.kill(signal);
  }

  /** Called when the loop is closed: the child is killed. */
  dispose(): void {
    this.#loop.ownedHandles.delete(this);
    this.#child.kill("SIGKILL");
  }
}

/** Starts a process. `onExit` is called in a turn of the loop, unless the loop is closed before. Rejects with spawnError(). */
export const spawnProcess = coroutine(function* spawnProcess(
  loop: HandleOwner,
  request: SpawnRequest,
  onExit: (returncode: number) => void,
) {
  // Node creates one pipe for each descriptor. If stdout and stderr share one, both of its ends are created here.
  const isShared = request.stdio[1] === "pipe" && request.stdio[2] === "stdout";
  const pair = isShared ? yield* socketPair(loop) : null;
  let child: ChildProcess;
  try {
    child = start(request, pair?.theirs ?? null);
  } catch (error) {
    pair?.ours.destroy();
    throw isSystemError(error) ? spawnError(error, request) : error;
  } finally {
    pair?.theirs.destroy();
  }
  if (child.pid === undefined) {
    pair?.ours.destroy();
    throw spawnError(yield* failure(loop, child), request);
  }
  const pipes = request.stdio.map((descriptor, fd) => {
    const socket = fd === 1 && pair !== null ? pair.ours : descriptor === "pipe" ? (child.stdio[fd] as Socket) : null;
    return socket === null ? null : pipeEnd(loop, socket, fd !== 0);
  });
  return new NodeProcess(loop, child, pipes, onExit) as Spawned;
});

function start({ file, argv, env, cwd, uid, gid, newSession, stdio }: SpawnRequest, shared: Socket | null): ChildProcess {
  const { spawn } = process.getBuiltinModule("node:child_process"); // Loaded on first use: most programs start no process.
  return spawn(file, argv.slice(1), {
    argv0: argv[0],
    env: env ?? process.env,
    detached: newSession,
    stdio: stdio.map((descriptor, fd) =>
      shared !== null && (fd === 1 || fd === 2) ? shared : stdioOf(descriptor, stdio[1]!),
    ) as StdioOptions,
    ...(cwd === null ? {} : { cwd }),
    ...(uid === null ? {} : { uid }),
    ...(gid === null ? {} : { gid }),
  });
}

function stdioOf(descriptor: ChildDescriptor, stdout: ChildDescriptor): number | "pipe" | "ignore" {
  const resolved = descriptor === "stdout" ? stdout : descriptor;
  return resolved === "nothing" || resolved === "stdout" ? "ignore" : resolved;
}

/** Waits for the error of a process that could not be started: Node emits it in a later tick. */
function failure(loop: HandleOwner, child: ChildProcess): Future<NodeJS.ErrnoException> {
  const failed = new Future<NodeJS.ErrnoException>({ loop });
  child.once("error", (error) => {
    if (failed.canSettle()) failed.setResult(error);
  });
  return failed;
}
