/** Cheap copies of received bytes: small ones share a slab of memory. */
import { markAsUntransferable } from "node:worker_threads";
import { countYoungMemory } from "./young-memory.js";

/** The size of a slab. Dozens of small copies share one allocation, and a small copy keeps at most this much memory alive. */
const SLAB_BYTES = 64 * 1024;

/** Larger copies get their own memory. */
const LARGEST_SHARED = SLAB_BYTES / 4;

/** The class behind Buffer. Its constructor makes a view without the checks of Buffer.from, which double the cost. */
export const FastBuffer = (Buffer as unknown as { [Symbol.species]: new (memory: ArrayBuffer, offset: number, length: number) => Buffer })[
  Symbol.species
];

const slabs = new WeakSet<object>();

/**
 * Creates a slab that cannot be transferred to another thread: that would empty the Buffers of every other connection that share it. Newer
 * Nodes throw DataCloneError, Node 20 copies. Node does the same for its own pool.
 */
function newSlab(): Buffer {
  const slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  markAsUntransferable(slab.buffer);
  slabs.add(slab.buffer);
  return slab;
}

/** Newer than Node 20. Not imported, since a bundler would make a named import of it, which Node 20 refuses. */
const { isMarkedAsUntransferable } = process.getBuiltinModule("node:worker_threads") as {
  isMarkedAsUntransferable?: (memory: object) => boolean;
};

/** Whether Buffers of different owners share this memory: a slab, or Node's pool. Node 20 does not tell about its pool. */
export function isSharedByBuffers(memory: object): boolean {
  return slabs.has(memory) || isMarkedAsUntransferable?.(memory) === true;
}

let slab = newSlab();
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
    slab = newSlab(); // The length is 0 if user code has detached the memory that its Buffer shares.
    memory = slab.buffer as ArrayBuffer;
    used = 0;
    countYoungMemory(SLAB_BYTES);
  }
  const offset = used;
  slab.set(bytes, offset);
  used += (length + 7) & ~7;
  return new FastBuffer(memory, offset, length);
}
