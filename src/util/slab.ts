/** Cheap copies of bytes: small ones share a slab of memory. */
import { markAsUntransferable } from "node:worker_threads";
import { FastBuffer, lengthOf } from "./bytes.js";
import { countYoungMemory } from "./young-memory.js";

/** The size of a slab. Dozens of small copies share one allocation, and a small copy keeps at most this much memory alive. */
const SLAB_BYTES = 64 * 1024;

/** Larger copies get their own memory. */
const LARGEST_SHARED = SLAB_BYTES / 4;

const shared = new WeakSet<object>();

/** Tells that several Buffers will share this memory, which was not allocated here. */
export function markShared(memory: object): void {
  shared.add(memory);
}

/**
 * Allocates memory that cannot be transferred to another thread: that would empty the Buffers of every other connection that share it, or
 * what the same connection has not read yet. Newer Nodes throw DataCloneError, Node 20 copies. Node does the same for its own pool.
 */
function allocate(size: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size);
  markAsUntransferable(bytes.buffer);
  shared.add(bytes.buffer);
  return bytes;
}

/** Newer than Node 20. Not imported, since a bundler would make a named import of it, which Node 20 refuses. */
const { isMarkedAsUntransferable } = process.getBuiltinModule("node:worker_threads") as {
  isMarkedAsUntransferable?: (memory: object) => boolean;
};

/** Whether several Buffers may share this memory: a copy's, an arena's, or Node's pool. Node 20 does not tell about its pool. */
export function isSharedByBuffers(memory: object): boolean {
  return shared.has(memory) || isMarkedAsUntransferable?.(memory) === true;
}

/** As isSharedByBuffers(), but true rather than false if in doubt: on Node 20 for all memory of the size of Node's pool. */
export function mayBeSharedByBuffers(memory: ArrayBufferLike): boolean {
  if (isSharedByBuffers(memory)) return true;
  return isMarkedAsUntransferable === undefined && memory.byteLength === Buffer.poolSize && !(memory instanceof SharedArrayBuffer);
}

let slab = allocate(SLAB_BYTES);
/** `slab.buffer`, kept in a variable because the getter is a call out of compiled code. */
let memory = slab.buffer as ArrayBuffer;
let used = 0;

/** Returns a copy of the bytes, like Buffer.from(bytes), at half the cost for small ones. */
export function copyOf(bytes: Uint8Array): Buffer {
  const length = lengthOf(bytes);
  if (length > LARGEST_SHARED) {
    const own = allocate(length);
    own.set(bytes);
    countYoungMemory(length);
    return own;
  }
  if (used + length > SLAB_BYTES || slab.length === 0) {
    slab = allocate(SLAB_BYTES); // The length is 0 if user code has detached the memory that its Buffer shares.
    memory = slab.buffer as ArrayBuffer;
    used = 0;
    countYoungMemory(SLAB_BYTES);
  }
  const offset = used;
  slab.set(bytes, offset);
  used += (length + 7) & ~7;
  return new FastBuffer(memory, offset, length);
}
