/** The file of a Unix socket: when it may be removed, and by whom. */
import { linkSync, renameSync, statSync, unlinkSync, type Stats } from "node:fs";

/** Abstract names (Linux) have no file. */
function isAbstract(path: string): boolean {
  return path.startsWith("\0");
}

function fileAt(path: string): Stats | null {
  return isAbstract(path) ? null : (statSync(path, { throwIfNoEntry: false }) ?? null);
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Removes the socket file of a server that has gone, as asyncio does. Any other file is left, and binding fails. */
export function removeStaleSocket(path: string): void {
  if (fileAt(path)?.isSocket() === true) unlinkIfThere(path);
}

/** The file that a server has bound to, known by its inode: when the server closes, another one may have put its own there. */
export class SocketFile {
  readonly #path: string;
  readonly #inode: number | null;

  /** To be made when the socket has just been bound. */
  constructor(path: string) {
    this.#path = path;
    this.#inode = fileAt(path)?.ino ?? null;
  }

  get #isOurs(): boolean {
    return this.#inode !== null && fileAt(this.#path)?.ino === this.#inode;
  }

  /** Removes the file if it still is the one. */
  remove(): void {
    if (this.#isOurs) unlinkIfThere(this.#path);
  }

  /**
   * Runs what unlinks the path whatever is there, as closing a server of Node's does. What must stay is put back at once: a file
   * that is somebody else's, or ours where it must not be removed.
   */
  guard(mayRemove: boolean, close: () => void): void {
    if (mayRemove && this.#isOurs) return close();
    const spare = `${this.#path}.${process.pid}`;
    let isSpared = false;
    try {
      linkSync(this.#path, spare);
      isSpared = true;
    } catch {
      // Nothing is there, or it cannot be kept.
    }
    close();
    if (isSpared) renameSync(spare, this.#path);
  }
}
