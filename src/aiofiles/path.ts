/** What of Python's `os.path` touches the disk, as coroutines: `aiofiles.os.path`. Times are seconds since 1970. */
import type { Stats } from "node:fs";
import { lstat, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { FilePath } from "./storage/backing.js";
import { inBackground } from "./background.js";

/** null where there is nothing, or nothing that this process may look at, as Python's os.path has it. */
async function lookAt(look: (path: FilePath) => Promise<Stats>, path: FilePath): Promise<Stats | null> {
  try {
    return await look(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error; // No path at all.
    return null;
  }
}

/** Whether the path leads to something; false for a symbolic link that leads nowhere. Mirrors os.path.exists. */
export const exists = inBackground(async function exists(path: FilePath) {
  return (await lookAt(stat, path)) !== null;
});

/** Whether the path is there, if only as a symbolic link that leads nowhere. Mirrors os.path.lexists. */
export const lexists = inBackground(async function lexists(path: FilePath) {
  return (await lookAt(lstat, path)) !== null;
});

/** Whether the path leads to a regular file. Mirrors os.path.isfile. */
export const isfile = inBackground(async function isfile(path: FilePath) {
  return (await lookAt(stat, path))?.isFile() ?? false;
});

/** Whether the path leads to a directory. Mirrors os.path.isdir. */
export const isdir = inBackground(async function isdir(path: FilePath) {
  return (await lookAt(stat, path))?.isDirectory() ?? false;
});

/** Whether the path is a symbolic link. Mirrors os.path.islink. */
export const islink = inBackground(async function islink(path: FilePath) {
  return (await lookAt(lstat, path))?.isSymbolicLink() ?? false;
});

/** Whether another file system begins at the path. Mirrors os.path.ismount. */
export const ismount = inBackground(async function ismount(path: string) {
  const here = await lookAt(lstat, path);
  const above = await lookAt(lstat, join(path, ".."));
  if (here === null || above === null || here.isSymbolicLink()) return false;
  return here.dev !== above.dev || here.ino === above.ino || dirname(resolve(path)) === resolve(path);
});

/** Bytes of the file. Mirrors os.path.getsize. */
export const getsize = inBackground(async function getsize(path: FilePath) {
  return (await stat(path)).size;
});

/** When the file was changed last. Mirrors os.path.getmtime. */
export const getmtime = inBackground(async function getmtime(path: FilePath) {
  return (await stat(path)).mtimeMs / 1000;
});

/** When the file was read last. Mirrors os.path.getatime. */
export const getatime = inBackground(async function getatime(path: FilePath) {
  return (await stat(path)).atimeMs / 1000;
});

/** When the file or what the system knows about it was changed last. Mirrors os.path.getctime. */
export const getctime = inBackground(async function getctime(path: FilePath) {
  return (await stat(path)).ctimeMs / 1000;
});

/** Whether both paths lead to the same file. Mirrors os.path.samefile. */
export const samefile = inBackground(async function samefile(one: FilePath, other: FilePath) {
  const [a, b] = await Promise.all([stat(one, { bigint: true }), stat(other, { bigint: true })]);
  return a.ino === b.ino && a.dev === b.dev;
});

/** The path from the root, without "." and "..". Mirrors os.path.abspath. */
export const abspath = inBackground(async function abspath(path: string) {
  return resolve(path);
});
