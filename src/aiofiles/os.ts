/**
 * What of Python's `os` touches the disk, as coroutines: `aiofiles.os`. Errors and results are Node's (`code`, `Stats`, `StatFs`). A cancelled
 * task stops waiting at once; what the system was asked for happens all the same.
 */
import { constants, type Stats, type StatsFs } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname } from "node:path";
import type { FilePath } from "./storage/backing.js";
import { inBackground } from "./background.js";

export * as path from "./path.js";
export { DirEntry, scandir, ScandirIterator } from "./scandir.js";

/** For `access`: the file is there. Mirrors os.F_OK. */
export const F_OK = constants.F_OK;
/** For `access`: it can be read. Mirrors os.R_OK. */
export const R_OK = constants.R_OK;
/** For `access`: it can be written. Mirrors os.W_OK. */
export const W_OK = constants.W_OK;
/** For `access`: it can be executed, or a directory be entered. Mirrors os.X_OK. */
export const X_OK = constants.X_OK;

export interface StatOptions {
  /** Of what a symbolic link points to; default true. */
  followSymlinks?: boolean;
}

/** What the system knows about a file, as Node's Stats. Mirrors os.stat. */
export const stat = inBackground(async function stat(path: FilePath, { followSymlinks = true }: StatOptions = {}): Promise<Stats> {
  return followSymlinks ? await fs.stat(path) : await fs.lstat(path);
});

/** As stat, of a symbolic link itself. Mirrors os.lstat. */
export const lstat = inBackground(async function lstat(path: FilePath): Promise<Stats> {
  return await fs.lstat(path);
});

/** What the system knows about the file system, as Node's StatFs. Mirrors os.statvfs. */
export const statvfs = inBackground(async function statvfs(path: FilePath): Promise<StatsFs> {
  return await fs.statfs(path);
});

/** Renames; what had the new name is replaced where the system's rename(2) does so. Mirrors os.rename. */
export const rename = inBackground(async function rename(from: FilePath, to: FilePath) {
  await fs.rename(from, to);
});

/** Renames; what had the new name is replaced. Mirrors os.replace. */
export const replace = inBackground(async function replace(from: FilePath, to: FilePath) {
  await fs.rename(from, to);
});

/** Renames, makes the directories that the new name needs, and removes those that the old name leaves empty. Mirrors os.renames. */
export const renames = inBackground(async function renames(from: string, to: string) {
  await fs.mkdir(dirname(to), { recursive: true });
  await fs.rename(from, to);
  await removeEmptyAbove(from);
});

/** Removes a file. Mirrors os.remove. */
export const remove = inBackground(async function remove(path: FilePath) {
  await fs.unlink(path);
});

/** The same as remove. Mirrors os.unlink. */
export const unlink = inBackground(async function unlink(path: FilePath) {
  await fs.unlink(path);
});

/** Makes a directory. Mirrors os.mkdir. */
export const mkdir = inBackground(async function mkdir(path: FilePath, permissions: number = 0o777) {
  await fs.mkdir(path, permissions);
});

/** Makes a directory and all above it; EEXIST where it is there already, unless `existOk`. Mirrors os.makedirs. */
export const makedirs = inBackground(async function makedirs(
  path: string,
  permissions: number = 0o777,
  { existOk = false }: { existOk?: boolean } = {},
) {
  // As in Python, the permissions are those of the last directory only.
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

/** Removes an empty directory, and those above it that are empty then. Mirrors os.removedirs. */
export const removedirs = inBackground(async function removedirs(path: string) {
  await fs.rmdir(path);
  await removeEmptyAbove(path);
});

/** The names in a directory, in no order. Mirrors os.listdir. */
export const listdir = inBackground(async function listdir(path: FilePath = ".") {
  return await fs.readdir(path);
});

/** Makes another name for a file. Mirrors os.link. */
export const link = inBackground(async function link(existing: FilePath, path: FilePath) {
  await fs.link(existing, path);
});

/** Makes a symbolic link at `path` that says `target`. Mirrors os.symlink. */
export const symlink = inBackground(async function symlink(target: FilePath, path: FilePath) {
  await fs.symlink(target, path);
});

/** What a symbolic link says. Mirrors os.readlink. */
export const readlink = inBackground(async function readlink(path: FilePath) {
  return await fs.readlink(path);
});

/** Whether the process may use the path so: F_OK, or some of R_OK, W_OK and X_OK, added up. Mirrors os.access. */
export const access = inBackground(async function access(path: FilePath, mode: number) {
  try {
    await fs.access(path, mode);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error; // No path at all.
    return false;
  }
});

/** The directory that relative paths begin at. Mirrors os.getcwd. */
export const getcwd = inBackground(async function getcwd() {
  return process.cwd();
});

async function isDirectory(path: string): Promise<boolean> {
  return (await fs.stat(path)).isDirectory();
}

/** Goes up until a directory cannot be removed: it is not empty, as a rule. */
async function removeEmptyAbove(path: string): Promise<void> {
  for (let above = dirname(path); above !== dirname(above); above = dirname(above)) {
    try {
      await fs.rmdir(above);
    } catch {
      return;
    }
  }
}
