/** What the two loops have in common of starting a process. */
import { statSync } from "node:fs";
import type { HandleOwner } from "../transports/owned-handles.js";
import type { Awaitable } from "../core/contracts.js";
import type { Spawned } from "../transports/subprocess-transport.js";

/** What the child gets under one number: a descriptor of ours, a pipe to us, nothing, or what it has as 1. */
export type ChildDescriptor = number | "pipe" | "nothing" | "stdout";

export interface SpawnRequest {
  /** What is run; looked for in the child's PATH if there is no "/" in it. */
  file: string;
  /** With the program's own name, first. */
  argv: readonly string[];
  /** null: ours. */
  env: Readonly<Record<string, string>> | null;
  cwd: string | null;
  uid: number | null;
  gid: number | null;
  newSession: boolean;
  /** By the child's numbers. */
  stdio: readonly ChildDescriptor[];
}

/** The part of a loop's backend that starts child processes. */
export interface SpawnBackend {
  /** Fails with the system's error, completed by spawnError(). Calls `onExit` in a turn of the loop. */
  spawn(loop: HandleOwner, request: SpawnRequest, onExit: (returncode: number) => void): Awaitable<Spawned>;
}

/** Completes the system's error: `path` is what is missing or must not be used, the program or the folder. */
export function spawnError(error: NodeJS.ErrnoException, { file, cwd }: SpawnRequest): NodeJS.ErrnoException {
  const isFolderAtFault = cwd !== null && statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true;
  error.path = isFolderAtFault ? cwd : file;
  error.syscall = "spawn";
  error.message = isFolderAtFault ? `spawn ${error.code}: cannot run in ${cwd}` : `spawn ${file} ${error.code}`;
  return error;
}
