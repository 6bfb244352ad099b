/** Cheap copies of received bytes: small ones share a slab of memory. */
import { countYoungMemory } from "./young-memory.js";

/** The size of a slab. Dozens of small copies share one allocation, and a small copy keeps at most this much memory alive. */
const SLAB_BYTES = 64 * 1024;

/** Larger copies get their own memory. */
const LARGEST_SHARED = SLAB_BYTES / 4;

/** The class behind Buffer. Its constructor makes a view without the checks of Buffer.from, which double the cost. */
export const FastBuffer = (Buffer as unknown as { [Symbol.species]: new (memory: ArrayBuffer, offset: number, length: number) => Buffer })[
  Symbol.species
];

let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
/** `slab.buffer`, kept in a variable because the getter is a call out of compiled code. */
let memory = slab.buffer as ArrayBuffer;
let used = 0;

/** Returns a copy of the bytes, like Buffer.from(bytes), at half the cost for small ones. */
export function copyOf(bytes: Uint8Array): Buffer {
  const { length } = bytes;
  if (length > LARGEST_SHARED) {
    const own = Buffer.allocUnsafeSlow(length);
    own.set(bytes);
    countYoungMemory(length);
    return own;
  }
  if (used + length > SLAB_BYTES || slab.length === 0) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES); // The length is 0 if user code has detached the memory that its Buffer shares.
    memory = slab.buffer as ArrayBuffer;
    used = 0;
    countYoungMemory(SLAB_BYTES);
  }
  const offset = used;
  slab.set(bytes, offset);
  used += (length + 7) & ~7;
  return new FastBuffer(memory, offset, length);
}
