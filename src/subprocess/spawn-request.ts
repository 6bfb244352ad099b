/** The part of starting a process that both loops share. */
import { statSync } from "node:fs";
import type { HandleOwner } from "../transports/owned-handles.js";
import type { Awaitable } from "../core/contracts.js";
import type { Spawned } from "../transports/subprocess-transport.js";

/** A descriptor of the child: one that is inherited, a pipe to this process, /dev/null, or a copy of descriptor 1. */
export type ChildDescriptor = number | "pipe" | "nothing" | "stdout";

export interface SpawnRequest {
  /** The program. It is searched in the child's PATH if it does not contain "/". */
  file: string;
  /** The arguments, preceded by the program's name. */
  argv: readonly string[];
  /** Null: the environment of this process. */
  env: Readonly<Record<string, string>> | null;
  cwd: string | null;
  uid: number | null;
  gid: number | null;
  newSession: boolean;
  /** Indexed by the child's descriptor numbers. */
  stdio: readonly ChildDescriptor[];
}

/** The part of a loop's backend that starts child processes. */
export interface SpawnBackend {
  /** Fails with the system's error, completed by spawnError(). Calls `onExit` in a turn of the loop. */
  spawn(loop: HandleOwner, request: SpawnRequest, onExit: (returncode: number) => void): Awaitable<Spawned>;
}

/** Completes the system's error. `path` becomes the missing or inaccessible path: the program or the working directory. */
export function spawnError(error: NodeJS.ErrnoException, { file, cwd }: SpawnRequest): NodeJS.ErrnoException {
  const isFolderAtFault = cwd !== null && statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true;
  error.path = isFolderAtFault ? cwd : file;
  error.syscall = "spawn";
  error.message = isFolderAtFault ? `spawn ${error.code}: cannot run in ${cwd}` : `spawn ${file} ${error.code}`;
  return error;
}
