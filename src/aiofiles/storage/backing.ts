import { constants, type Stats } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

/** A path as node:fs takes it. */
export type FilePath = string | Buffer | URL;

/** Where a file's bytes are: on disk, or in memory as long as they are few. One call at a time. */
export interface Backing {
  /** The descriptor; null where there is none. */
  readonly fd: number | null;
  /** False for pipes and terminals, which are read and written where they are. */
  readonly seekable: boolean;
  /** Reads into the whole of `into`, or less; gives how much, 0 at the end. */
  read(into: Buffer, position: number): Promise<number>;
  /** Writes `data`, or its beginning; gives how much. */
  write(data: Buffer, position: number): Promise<number>;
  truncate(size: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** A file that the system has opened. */
export class DiskBacking implements Backing {
  readonly #handle: FileHandle;
  readonly seekable: boolean;

  constructor(handle: FileHandle, stats: Stats) {
    this.#handle = handle;
    this.seekable = stats.isFile() || stats.isBlockDevice();
  }

  /** Rejects with Node's errors; also with EISDIR for a directory, which open(2) would let be read. */
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

/** Opened for nobody but us, and only if it was not there. */
export const EXCLUSIVE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;

function isDirectory(path: FilePath): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`EISDIR: illegal operation on a directory, open '${String(path)}'`);
  return Object.assign(error, { errno: -21, code: "EISDIR", syscall: "open", path: String(path) });
}
