import { FastBuffer } from "../../util/bytes.js";

/** Views that an arena remembers. Beyond this number of messages in one turn, views replace each other. */
const REMEMBERED = 1024;

/** Memory that C++ receives into, and the views of it that receivers get. */
export class ReceiveArena {
  /** Whether its bytes are lasting: C++ does not write them again while a Buffer refers to this memory. */
  readonly lasting: boolean;
  readonly #memory: ArrayBuffer;
  #bytes: Uint8Array | null = null;
  /**
   * Views by their offset. The transient arena is filled from its start in each poll, so messages of equal length come to the same places
   * again. Creating a view costs more than copying a small message out of it.
   */
  readonly #views: (Uint8Array | undefined)[] = [];

  constructor(memory: ArrayBuffer, lasting: boolean) {
    this.#memory = memory;
    this.lasting = lasting;
  }

  /** Whether the program has detached the ArrayBuffer. C++ owns the memory and continues to use it. */
  get detached(): boolean {
    return this.#memory.byteLength === 0;
  }

  /** The whole arena, for reading. */
  get bytes(): Uint8Array {
    return (this.#bytes ??= new Uint8Array(this.#memory));
  }

  /** A view that is valid only during the receiver's call: in the transient arena a later message may get the same object. */
  view(offset: number, length: number): Uint8Array {
    const place = (offset >>> 6) & (REMEMBERED - 1);
    const known = this.#views[place];
    if (known !== undefined && known.byteOffset === offset && known.length === length) return known;
    return (this.#views[place] = new Uint8Array(this.#memory, offset, length));
  }

  /** A Buffer that the receiver may keep; only of a lasting arena. */
  buffer(offset: number, length: number): Buffer {
    return new FastBuffer(this.#memory, offset, length);
  }
}
