/** `transfer()`: moves memory to another thread instead of copying it. */
import { MessagePort } from "node:worker_threads";
import { arrayKind, isBytes, memoryOf, viewOf, windowOf } from "../util/bytes.js";
import { describe } from "../util/format.js";
import { isSharedByBuffers, mayBeSharedByBuffers } from "../util/slab.js";

/** Objects that can be transferred: ArrayBuffers, MessagePorts and the like. */
export type Transferables = readonly object[];

const misplaced = (): string => "transfer() can mark only a whole argument or result, not a part of one";

/** Wraps a value until it is sent. */
export class Transferred {
  /**
   * A function cannot be cloned. It makes sending fail for a wrapper inside another value, which would otherwise arrive as a plain object.
   */
  protected readonly misplaced = misplaced;
  readonly value: unknown;
  readonly list: Transferables;

  constructor(value: unknown, list: Transferables) {
    this.value = value;
    this.list = list;
  }
}

/**
 * Marks an argument, or the result of a job, so that the buffers and ports in `list` are transferred and not copied. They are empty in this
 * thread afterwards. Without a list, `value` itself is transferred: a MessagePort, an ArrayBuffer, or the memory of a view. A view of memory
 * that other Buffers share, such as a received message, is copied. `value` must be a whole argument or result; list the buffers that are inside it. An argument is sent when its job starts. Between processes everything is
 * copied.
 */
export function transfer<T>(value: T, list?: Transferables): T {
  if (list === undefined) {
    if (ArrayBuffer.isView(value)) {
      const view = isSharedByBuffers(memoryOf(value)) ? withOwnMemory(value) : value;
      return new Transferred(view, [memoryOf(view)]) as unknown as T;
    }
    if (value instanceof ArrayBuffer) list = [value];
    else if (value instanceof MessagePort) list = [value];
    else
      throw new TypeError(
        `transfer: value must be an ArrayBuffer, a view of one or a MessagePort, got ${describe(value)}; or use transfer(value, list)`,
      );
  } else if (!Array.isArray(list)) {
    throw new TypeError(`transfer: list must be an array, got ${describe(list)}`);
  }
  return new Transferred(value, list) as unknown as T;
}

/** Returns a view of the same kind and bytes, with memory that has nothing else in it. */
function withOwnMemory(view: ArrayBufferView): ArrayBufferView {
  const { offset, length } = windowOf(view);
  const memory = memoryOf(view).slice(offset, offset + length);
  if (Buffer.isBuffer(view)) return Buffer.from(memory);
  // By its kind, which is what arrives: the other thread does not know the program's subclass, and its constructor may do anything.
  const Kind = Reflect.get(globalThis, arrayKind(view) ?? "DataView") as new (memory: ArrayBufferLike) => ArrayBufferView;
  return new Kind(memory);
}

/**
 * Returns what is sent for a value. A clone of a view has all of the view's memory: a received message would take those of other connections
 * with it to the other thread. And bytes are sent without properties of their own: the channel between processes asks an array where they
 * begin and end.
 */
export function sendable(value: unknown): unknown {
  if (!ArrayBuffer.isView(value)) return value;
  const memory = memoryOf(value);
  if (memory.byteLength === 0) return value; // Perhaps it was taken away: sending fails then, and says so.
  const { offset, length } = windowOf(value);
  if (length < memory.byteLength && mayBeSharedByBuffers(memory)) return withOwnMemory(value);
  if (!isBytes(value)) return value;
  return Buffer.isBuffer(value) ? viewOf(value) : new Uint8Array(memory, offset, length);
}

/** Throws DataCloneError for memory that was already transferred. Node 20 would send it, and the receiver could not read it. */
export function checkTransferables(list: Transferables): void {
  for (const one of list) {
    if (one instanceof ArrayBuffer && isDetached(one)) {
      throw new DOMException("the memory was already transferred", "DataCloneError");
    }
  }
}

function isDetached(memory: ArrayBuffer): boolean {
  if (memory.byteLength > 0) return false;
  try {
    new Uint8Array(memory);
    return false;
  } catch {
    return true; // Node 20 has no `detached`.
  }
}
