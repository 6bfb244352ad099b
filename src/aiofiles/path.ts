/** `aiofiles.os.path`: the functions of Python's `os.path` that access the file system, as coroutines. Times are seconds since 1970. */
import type { Stats } from "node:fs";
import { lstat, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { FilePath } from "./storage/backing.js";
import { inBackground } from "./background.js";

/** Returns null if the path does not exist or is not accessible, as Python's os.path does. */
async function lookAt(look: (path: FilePath) => Promise<Stats>, path: FilePath): Promise<Stats | null> {
  try {
    return await look(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error; // Node rejected the argument itself.
    return null;
  }
}

/** Whether the path exists; false for a symbolic link with a missing target. Mirrors os.path.exists. */
export const exists = inBackground(async function exists(path: FilePath) {
  return (await lookAt(stat, path)) !== null;
});

/** Whether the path exists; true for a symbolic link with a missing target. Mirrors os.path.lexists. */
export const lexists = inBackground(async function lexists(path: FilePath) {
  return (await lookAt(lstat, path)) !== null;
});

/** Whether the path is a regular file, or a symbolic link to one. Mirrors os.path.isfile. */
export const isfile = inBackground(async function isfile(path: FilePath) {
  return (await lookAt(stat, path))?.isFile() ?? false;
});

/** Whether the path is a directory, or a symbolic link to one. Mirrors os.path.isdir. */
export const isdir = inBackground(async function isdir(path: FilePath) {
  return (await lookAt(stat, path))?.isDirectory() ?? false;
});

/** Whether the path is a symbolic link. Mirrors os.path.islink. */
export const islink = inBackground(async function islink(path: FilePath) {
  return (await lookAt(lstat, path))?.isSymbolicLink() ?? false;
});

/** Whether the path is a mount point. Mirrors os.path.ismount. */
export const ismount = inBackground(async function ismount(path: string) {
  const here = await lookAt(lstat, path);
  const above = await lookAt(lstat, join(path, ".."));
  if (here === null || above === null || here.isSymbolicLink()) return false;
  return here.dev !== above.dev || here.ino === above.ino || dirname(resolve(path)) === resolve(path);
});

/** Returns the size of a file in bytes. Mirrors os.path.getsize. */
export const getsize = inBackground(async function getsize(path: FilePath) {
  return (await stat(path)).size;
});

/** Returns the time of the last modification, in seconds. Mirrors os.path.getmtime. */
export const getmtime = inBackground(async function getmtime(path: FilePath) {
  return (await stat(path)).mtimeMs / 1000;
});

/** Returns the time of the last access, in seconds. Mirrors os.path.getatime. */
export const getatime = inBackground(async function getatime(path: FilePath) {
  return (await stat(path)).atimeMs / 1000;
});

/** Returns the time of the last change of the content or the metadata, in seconds. Mirrors os.path.getctime. */
export const getctime = inBackground(async function getctime(path: FilePath) {
  return (await stat(path)).ctimeMs / 1000;
});

/** Whether both paths are the same file. Mirrors os.path.samefile. */
export const samefile = inBackground(async function samefile(one: FilePath, other: FilePath) {
  const [a, b] = await Promise.all([stat(one, { bigint: true }), stat(other, { bigint: true })]);
  return a.ino === b.ino && a.dev === b.dev;
});

/** Returns the absolute path, without "." and "..". Mirrors os.path.abspath. */
export const abspath = inBackground(async function abspath(path: string) {
  return resolve(path);
});
