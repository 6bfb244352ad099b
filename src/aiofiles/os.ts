/**
 * `aiofiles.os`: the functions of Python's `os` that access the file system, as coroutines. Errors and results are Node's (`code`, `Stats`,
 * `StatFs`). Cancelling a task ends its wait at once, but the system still does the work.
 */
import { constants, type Stats, type StatsFs } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname } from "node:path";
import type { FilePath } from "./storage/backing.js";
import { inBackground } from "./background.js";

export * as path from "./path.js";
export { DirEntry, scandir, ScandirIterator } from "./scandir.js";

/** `mode` of `access()`: the file exists. Mirrors os.F_OK. */
export const F_OK = constants.F_OK;
/** `mode` of `access()`: the file can be read. Mirrors os.R_OK. */
export const R_OK = constants.R_OK;
/** `mode` of `access()`: the file can be written. Mirrors os.W_OK. */
export const W_OK = constants.W_OK;
/** `mode` of `access()`: the file can be executed, or the directory searched. Mirrors os.X_OK. */
export const X_OK = constants.X_OK;

export interface StatOptions {
  /** Whether to follow a symbolic link to its target; default true. */
  followSymlinks?: boolean;
}

/** Returns the status of a file as Node's Stats. Mirrors os.stat. */
export const stat = inBackground(async function stat(path: FilePath, { followSymlinks = true }: StatOptions = {}): Promise<Stats> {
  return followSymlinks ? await fs.stat(path) : await fs.lstat(path);
});

/** Returns the status of a file, without following a symbolic link. Mirrors os.lstat. */
export const lstat = inBackground(async function lstat(path: FilePath): Promise<Stats> {
  return await fs.lstat(path);
});

/** Returns the status of the file system that holds the path, as Node's StatFs. Mirrors os.statvfs. */
export const statvfs = inBackground(async function statvfs(path: FilePath): Promise<StatsFs> {
  return await fs.statfs(path);
});

/** Renames a file or directory. An existing file `to` is replaced if rename(2) of the platform does so. Mirrors os.rename. */
export const rename = inBackground(async function rename(from: FilePath, to: FilePath) {
  await fs.rename(from, to);
});

/** Renames a file or directory. An existing file `to` is replaced. Mirrors os.replace. */
export const replace = inBackground(async function replace(from: FilePath, to: FilePath) {
  await fs.rename(from, to);
});

/** Renames a file, creating missing directories of the new name and removing empty ones of the old name. Mirrors os.renames. */
export const renames = inBackground(async function renames(from: string, to: string) {
  await fs.mkdir(dirname(to), { recursive: true });
  await fs.rename(from, to);
  await removeEmptyAbove(from);
});

/** Removes a file. Mirrors os.remove. */
export const remove = inBackground(async function remove(path: FilePath) {
  await fs.unlink(path);
});

/** Removes a file, like `remove()`. Mirrors os.unlink. */
export const unlink = inBackground(async function unlink(path: FilePath) {
  await fs.unlink(path);
});

/** Creates a directory. Mirrors os.mkdir. */
export const mkdir = inBackground(async function mkdir(path: FilePath, permissions: number = 0o777) {
  await fs.mkdir(path, permissions);
});

/** Creates a directory and its missing parents. Rejects with EEXIST if it exists, unless `existOk` is true. Mirrors os.makedirs. */
export const makedirs = inBackground(async function makedirs(
  path: string,
  permissions: number = 0o777,
  { existOk = false }: { existOk?: boolean } = {},
) {
  // As in Python, the permissions apply to the last directory only.
  await fs.mkdir(dirname(path), { recursive: true });
  try {
    await fs.mkdir(path, permissions);
  } catch (error) {
    if (!existOk || !(await isDirectory(path))) throw error;
  }
});

/** Removes an empty directory. Mirrors os.rmdir. */
export const rmdir = inBackground(async function rmdir(path: FilePath) {
  await fs.rmdir(path);
});

/** Removes an empty directory, and then each parent that is empty. Mirrors os.removedirs. */
export const removedirs = inBackground(async function removedirs(path: string) {
  await fs.rmdir(path);
  await removeEmptyAbove(path);
});

/** Returns the names in a directory, in no particular order. Mirrors os.listdir. */
export const listdir = inBackground(async function listdir(path: FilePath = ".") {
  return await fs.readdir(path);
});

/** Creates a hard link. Mirrors os.link. */
export const link = inBackground(async function link(existing: FilePath, path: FilePath) {
  await fs.link(existing, path);
});

/** Creates a symbolic link at `path` that points to `target`. Mirrors os.symlink. */
export const symlink = inBackground(async function symlink(target: FilePath, path: FilePath) {
  await fs.symlink(target, path);
});

/** Returns the target of a symbolic link. Mirrors os.readlink. */
export const readlink = inBackground(async function readlink(path: FilePath) {
  return await fs.readlink(path);
});

/** Whether the process has this access to the path: F_OK, or a sum of R_OK, W_OK and X_OK. Mirrors os.access. */
export const access = inBackground(async function access(path: FilePath, mode: number) {
  try {
    await fs.access(path, mode);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error; // Node rejected the argument itself.
    return false;
  }
});

/** Returns the current working directory. Mirrors os.getcwd. */
export const getcwd = inBackground(async function getcwd() {
  return process.cwd();
});

async function isDirectory(path: string): Promise<boolean> {
  return (await fs.stat(path)).isDirectory();
}

/** Removes parent directories, up to the first one that cannot be removed, usually because it is not empty. */
async function removeEmptyAbove(path: string): Promise<void> {
  for (let above = dirname(path); above !== dirname(above); above = dirname(above)) {
    try {
      await fs.rmdir(above);
    } catch {
      return;
    }
  }
}
