/** `transfer()`: moves memory to another thread instead of copying it. */
import { MessagePort } from "node:worker_threads";
import { arrayKind, memoryOf, windowOf } from "../util/bytes.js";
import { describe } from "../util/format.js";
import { isSharedByBuffers } from "../util/slab.js";

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
      const { view, memory } = withOwnMemory(value);
      return new Transferred(view, [memory]) as unknown as T;
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

/** Returns the view, or a copy if its memory is shared with other Buffers. */
function withOwnMemory(view: ArrayBufferView): { view: ArrayBufferView; memory: ArrayBufferLike } {
  const shared = memoryOf(view);
  if (!isSharedByBuffers(shared)) return { view, memory: shared };
  const { offset, length } = windowOf(view);
  const memory = shared.slice(offset, offset + length);
  if (Buffer.isBuffer(view)) return { view: Buffer.from(memory), memory };
  // By its kind, which is what arrives: the other thread does not know the program's subclass, and its constructor may do anything.
  const Kind = Reflect.get(globalThis, arrayKind(view) ?? "DataView") as new (memory: ArrayBufferLike) => ArrayBufferView;
  return { view: new Kind(memory), memory };
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
