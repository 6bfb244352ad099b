/** The storage of a file's bytes: the interface, and its implementation on disk. */
import { constants, type Stats } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

/** A path in a form that node:fs accepts. */
export type FilePath = string | Buffer | URL;

/** The storage of a file's bytes, on disk or in memory. Calls must not overlap. */
export interface Backing {
  /** The descriptor; null if the bytes are in memory. */
  readonly fd: number | null;
  /** False for pipes and terminals, which do not have a position. */
  readonly seekable: boolean;
  /** Reads up to `into.length` bytes and returns their number; 0 at the end. */
  read(into: Buffer, position: number): Promise<number>;
  /** Writes `data` or a prefix of it and returns the number of bytes. */
  write(data: Buffer, position: number): Promise<number>;
  truncate(size: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** A file on disk. */
export class DiskBacking implements Backing {
  readonly #handle: FileHandle;
  readonly seekable: boolean;

  constructor(handle: FileHandle, stats: Stats) {
    this.#handle = handle;
    this.seekable = stats.isFile() || stats.isBlockDevice();
  }

  /** Opens a file. Rejects with Node's errors, and with EISDIR for a directory, which open(2) would open for reading. */
  static async open(path: FilePath, flags: number, permissions = 0o666): Promise<DiskBacking> {
    const handle = await open(path, flags, permissions);
    try {
      const stats = await handle.stat();
      if (stats.isDirectory()) throw isDirectory(path);
      return new DiskBacking(handle, stats);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get fd(): number {
    return this.#handle.fd;
  }

  async read(into: Buffer, position: number): Promise<number> {
    const { bytesRead } = await this.#handle.read(into, 0, into.length, this.seekable ? position : null);
    return bytesRead;
  }

  async write(data: Buffer, position: number): Promise<number> {
    const { bytesWritten } = await this.#handle.write(data, 0, data.length, this.seekable ? position : null);
    return bytesWritten;
  }

  truncate(size: number): Promise<void> {
    return this.#handle.truncate(size);
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Flags that create a new file for reading and writing, and fail if the name exists. */
export const EXCLUSIVE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;

function isDirectory(path: FilePath): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`EISDIR: illegal operation on a directory, open '${String(path)}'`);
  return Object.assign(error, { errno: -21, code: "EISDIR", syscall: "open", path: String(path) });
}
