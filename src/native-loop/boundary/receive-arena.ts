import { FastBuffer } from "../../util/slab.js";

/** Views remembered per arena. More connections than this with data in one turn make new ones. */
const REMEMBERED = 1024;

/** Memory that C++ receives into, and the views into it that receivers are given. */
export class ReceiveArena {
  /** Not written again while a Buffer looks into it. */
  readonly lasting: boolean;
  readonly #memory: ArrayBuffer;
  #bytes: Uint8Array | null = null;
  /**
   * Views by where they begin, to be used again when the next turn's messages fall into the same places, as those of equal length do:
   * making a view costs more than copying a small message out of it.
   */
  readonly #views: (Uint8Array | undefined)[] = [];

  constructor(memory: ArrayBuffer, lasting: boolean) {
    this.#memory = memory;
    this.lasting = lasting;
  }

  /** Whether JavaScript has taken the memory away, which C++ does not mind. */
  get detached(): boolean {
    return this.#memory.byteLength === 0;
  }

  /** All of it, to be read from. */
  get bytes(): Uint8Array {
    return (this.#bytes ??= new Uint8Array(this.#memory));
  }

  /** A view for the duration of a call. */
  view(offset: number, length: number): Uint8Array {
    const place = (offset >>> 6) & (REMEMBERED - 1);
    const known = this.#views[place];
    if (known !== undefined && known.byteOffset === offset && known.length === length) return known;
    return (this.#views[place] = new Uint8Array(this.#memory, offset, length));
  }

  /** A view that the receiver may keep. */
  buffer(offset: number, length: number): Buffer {
    return new FastBuffer(this.#memory, offset, length);
  }
}
