/** Child processes of the native loop. */
import { coroutine } from "../tasks/coroutine.js";
import { spawnError, type ChildDescriptor, type SpawnRequest } from "../subprocess/spawn-request.js";
import type { Spawned } from "../transports/subprocess-transport.js";
import type { SlotOwner } from "./boundary/channel.js";
import type { UvLoopContext } from "./uv-loop-context.js";
import { ChildStdio, Op } from "./boundary/layout.js";
import { uvError } from "./boundary/uv-error.js";
import { pipeEnd } from "./pipe.js";

const UV_ESRCH = -3;

/**
 * A child process of the native loop. libuv waits for it; the exit is an EXIT record. If the loop is closed first, C++ kills the child and
 * waits for it.
 */
class UvProcess implements SlotOwner, Spawned {
  readonly #loop: UvLoopContext;
  readonly #slot: number;
  readonly generation: number;
  readonly pid: number;
  readonly pipes: Spawned["pipes"];
  readonly #onExit: (returncode: number) => void;

  constructor(loop: UvLoopContext, slot: number, pid: number, pipes: Spawned["pipes"], onExit: (returncode: number) => void) {
    this.#loop = loop;
    this.#slot = slot;
    this.generation = loop.native.generation(slot);
    this.pid = pid;
    this.pipes = pipes;
    this.#onExit = onExit;
    loop.channel.own(slot, this);
  }

  onReceived(): void {
    // A process receives nothing: its pipes have slots of their own.
  }

  /** Called by Channel.run(). The return code is negative after a signal, as in asyncio. */
  onCompletion(op: number, _status: number, exitCode: number, signal: number): void {
    if (op !== Op.EXIT) return;
    this.#loop.channel.disown(this.#slot, this);
    this.#loop.native.closeHandle(this.#slot, this.generation);
    this.#onExit(signal === 0 ? exitCode : -signal);
  }

  kill(signal: number): void {
    const status = this.#loop.native.killProcess(this.#slot, this.generation, signal);
    // The process may have exited already, its EXIT record not being handled yet.
    if (status < 0 && status !== UV_ESRCH) throw uvError(status, "kill");
  }
}

/** Starts a process. `onExit` is called in a turn of the loop, unless the loop is closed before. Rejects with spawnError(). */
// eslint-disable-next-line require-yield -- starting does not wait here, but it does on the portable loop
export const spawnProcess = coroutine(function* spawnProcess(
  loop: UvLoopContext,
  request: SpawnRequest,
  onExit: (returncode: number) => void,
) {
  const { file, argv, env, cwd, uid, gid, newSession, stdio } = request;
  const started = loop.native.spawn({
    file,
    args: argv,
    env: env === null ? null : Object.entries(env).map(([name, value]) => `${name}=${value}`),
    cwd,
    uid,
    gid,
    detached: newSession,
    stdio: stdio.map(childStdio),
  });
  if (typeof started === "number") throw spawnError(uvError(started, "spawn"), request);
  const pipes = started.pipes.map((slot, fd) => (slot < 0 ? null : pipeEnd(loop, slot, fd !== 0)));
  return new UvProcess(loop, started.slot, started.pid, pipes, onExit) as Spawned;
});

function childStdio(descriptor: ChildDescriptor, fd: number): number {
  switch (descriptor) {
    case "pipe":
      return fd === 0 ? ChildStdio.READS : ChildStdio.WRITES;
    case "nothing":
      return ChildStdio.NOTHING;
    case "stdout":
      return ChildStdio.AS_STDOUT;
    default:
      return descriptor;
  }
}
