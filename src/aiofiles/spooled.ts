import type { Backing } from "./storage/backing.js";

/** Keeps a file's bytes in memory until they exceed `maxSize`, and on disk from then on. */
export class SpooledBacking implements Backing {
  readonly seekable = true;
  readonly #maxSize: number;
  readonly #openDisk: () => Promise<Backing>;
  #memory: Buffer = Buffer.alloc(0);
  /** The size of the file; the buffer can be larger. */
  #size = 0;
  #disk: Backing | null = null;

  /** `maxSize`: in bytes; 0 for no limit. */
  constructor(maxSize: number, openDisk: () => Promise<Backing>) {
    this.#maxSize = maxSize;
    this.#openDisk = openDisk;
  }

  get fd(): number | null {
    return this.#disk?.fd ?? null;
  }

  async read(into: Buffer, position: number): Promise<number> {
    if (this.#disk !== null) return await this.#disk.read(into, position);
    return position >= this.#size ? 0 : this.#memory.copy(into, 0, position, this.#size);
  }

  async write(data: Buffer, position: number): Promise<number> {
    const end = position + data.length;
    if (this.#disk === null && this.#maxSize > 0 && end > this.#maxSize) await this.rollover();
    if (this.#disk !== null) return await this.#disk.write(data, position);
    this.#reserve(end);
    this.#size = Math.max(this.#size, end);
    return data.copy(this.#memory, position);
  }

  async truncate(size: number): Promise<void> {
    if (this.#disk === null && this.#maxSize > 0 && size > this.#maxSize) await this.rollover();
    if (this.#disk !== null) return await this.#disk.truncate(size);
    this.#reserve(size);
    this.#memory.fill(0, size);
    this.#size = size;
  }

  async size(): Promise<number> {
    return this.#disk === null ? this.#size : await this.#disk.size();
  }

  async close(): Promise<void> {
    this.#memory = Buffer.alloc(0);
    this.#size = 0;
    await this.#disk?.close();
  }

  /** Moves the bytes to disk. */
  async rollover(): Promise<void> {
    if (this.#disk !== null) return;
    const disk = await this.#openDisk();
    try {
      for (let at = 0; at < this.#size;) at += await disk.write(this.#memory.subarray(at, this.#size), at);
    } catch (error) {
      await disk.close();
      throw error;
    }
    this.#disk = disk;
    this.#memory = Buffer.alloc(0);
  }

  /** Enlarges the buffer. Bytes beyond the size are zero, so that a gap reads as zeros, as a hole in a file does. */
  #reserve(size: number): void {
    if (size <= this.#memory.length) return;
    const larger = Buffer.alloc(Math.max(size, 2 * this.#memory.length));
    this.#memory.copy(larger, 0, 0, this.#size);
    this.#memory = larger;
  }
}
