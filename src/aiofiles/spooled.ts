import type { Backing } from "./storage/backing.js";

/** Bytes in memory until they are more than `maxSize`, and then in a file. */
export class SpooledBacking implements Backing {
  readonly seekable = true;
  readonly #maxSize: number;
  readonly #openDisk: () => Promise<Backing>;
  #memory: Buffer = Buffer.alloc(0);
  /** How much of the memory is the file's. */
  #size = 0;
  #disk: Backing | null = null;

  /** `maxSize`: in bytes, 0 for no limit. */
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

  /** Moves all to the disk. */
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

  /** What lies beyond the size is zeros, as in a file with a hole. */
  #reserve(size: number): void {
    if (size <= this.#memory.length) return;
    const larger = Buffer.alloc(Math.max(size, 2 * this.#memory.length));
    this.#memory.copy(larger, 0, 0, this.#size);
    this.#memory = larger;
  }
}
