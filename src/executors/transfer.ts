import { MessagePort } from "node:worker_threads";
import { describe } from "../util/format.js";

/** What can be given away instead of copied: ArrayBuffers, MessagePorts and the like. */
export type Transferables = readonly object[];

const misplaced = (): string => "transfer() marks a whole argument or result, not what is inside of one";

/** Stands for its value until it is sent. */
export class Transferred {
  /** A function cannot be cloned: what is not unwrapped is refused instead of arriving as this. */
  protected readonly misplaced = misplaced;
  readonly value: unknown;
  readonly list: Transferables;

  constructor(value: unknown, list: Transferables) {
    this.value = value;
    this.list = list;
  }
}

/**
 * Marks an argument, or what a job returns, to be sent with the buffers and ports of `list` given away instead of copied: they are empty
 * here afterwards. Without a list: `value` itself, a MessagePort, an ArrayBuffer or the memory of a view. `value` is a whole argument or
 * result; for what is inside of one name the list. An argument is sent when its job begins to run. Between processes everything is copied.
 */
export function transfer<T>(value: T, list?: Transferables): T {
  if (list === undefined) {
    if (ArrayBuffer.isView(value)) list = [value.buffer];
    else if (value instanceof ArrayBuffer) list = [value];
    else if (value instanceof MessagePort) list = [value];
    else
      throw new TypeError(
        `transfer: value must be an ArrayBuffer, a view of one or a MessagePort, got ${describe(value)}; name what to give away: transfer(value, list)`,
      );
  } else if (!Array.isArray(list)) {
    throw new TypeError(`transfer: list must be an array, got ${describe(list)}`);
  }
  return new Transferred(value, list) as unknown as T;
}

/** DataCloneError for memory that was given away already: Node 20 would send it as far as the other side, where it cannot be read. */
export function checkTransferables(list: Transferables): void {
  for (const one of list) {
    if (one instanceof ArrayBuffer && isDetached(one)) {
      throw new DOMException("the memory to be transferred was given away before", "DataCloneError");
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
