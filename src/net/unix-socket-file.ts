/** The file of a Unix socket: removes stale files before binding, and a server's own file when it is closed. */
import { linkSync, renameSync, statSync, unlinkSync, type Stats } from "node:fs";

/** Whether the path is an abstract name of Linux, which does not have a file. */
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

/**
 * Removes a socket file at the path, as asyncio does: usually a server that has crashed left it. A running server's file is removed too.
 * Any other kind of file is kept, and binding fails.
 */
export function removeStaleSocket(path: string): void {
  if (fileAt(path)?.isSocket() === true) unlinkIfThere(path);
}

/** The socket file of a server, identified by its inode: another server may have replaced it by the time this one closes. */
export class SocketFile {
  readonly #path: string;
  readonly #inode: number | null;

  /** Must be called right after the socket was bound. */
  constructor(path: string) {
    this.#path = path;
    this.#inode = fileAt(path)?.ino ?? null;
  }

  get #isOurs(): boolean {
    return this.#inode !== null && fileAt(this.#path)?.ino === this.#inode;
  }

  /** Removes the file, unless another file has replaced it. */
  remove(): void {
    if (this.#isOurs) unlinkIfThere(this.#path);
  }

  /**
   * Closes a Node server, which unlinks its path whatever file is there, and restores a file that must stay: one that has replaced the
   * server's, or the server's own unless it `mayRemove` it.
   *
   * To restore it, the file is linked to a second name before and renamed back after closing. So for a moment the path does not exist,
   * and a client that connects then fails. A file that is created in that moment is overwritten. If linking fails, the file is lost.
   */
  guard(mayRemove: boolean, close: () => void): void {
    if (mayRemove && this.#isOurs) return close();
    const spare = `${this.#path}.${process.pid}`;
    let isSpared = false;
    try {
      linkSync(this.#path, spare);
      isSpared = true;
    } catch {
      // There is no file, or the file system does not allow a second link.
    }
    close();
    if (isSpared) renameSync(spare, this.#path);
  }
}
