/**
 * Bytes that a program gives. An array can lie about itself: a subclass with a getter `length`, an own property of that name, a proxy. Its
 * length decides which memory is sent or filled, and memory is shared with other connections. So it comes from the engine's own getters,
 * which call none of the program's code.
 */
import { describe } from "./format.js";
import { flattened } from "./options.js";

/** The class behind Buffer. Its constructor makes a view without the checks of Buffer.from, which double the cost. */
export const FastBuffer = (
  Buffer as unknown as { [Symbol.species]: new (memory: ArrayBufferLike, offset: number, length: number) => Buffer }
)[Symbol.species];

const TypedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;

function getter(prototype: object, name: PropertyKey): (this: unknown) => unknown {
  return Reflect.getOwnPropertyDescriptor(prototype, name)!.get!;
}

function getters(prototype: object) {
  const [buffer, byteOffset, byteLength] = ["buffer", "byteOffset", "byteLength"].map((name) => getter(prototype, name));
  return { buffer: buffer!, byteOffset: byteOffset!, byteLength: byteLength! };
}

const kind = getter(TypedArray, Symbol.toStringTag);
const length = getter(TypedArray, "length") as (this: unknown) => number;
const set = Reflect.get(Uint8Array.prototype, "set") as Uint8Array["set"];
const ofArrays = getters(TypedArray);
const ofDataViews = getters(DataView.prototype);

/** Returns the name of a typed array's class, such as "Uint8Array"; undefined for every other value, proxies included. */
export function arrayKind(value: unknown): string | undefined {
  return kind.call(value) as string | undefined;
}

/** Whether the value is a Uint8Array. A proxy of one is not, nor an object that merely has its prototype. */
export function isBytes(value: unknown): value is Uint8Array {
  return kind.call(value) === "Uint8Array";
}

/** Returns the data; a string becomes its UTF-8. Throws TypeError for anything but a Uint8Array or a string. */
export function bytesOf(data: unknown, name?: string): Uint8Array {
  return kind.call(data) === "Uint8Array" ? (data as Uint8Array) : converted(data, name);
}

/** Apart, so that V8 inlines bytesOf() into every write(). */
function converted(data: unknown, name = "data"): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  throw new TypeError(`${name} must be a Uint8Array or a string, got ${describe(data)}`);
}

/** Returns the number of bytes, 0 if the memory was taken away. */
export function lengthOf(bytes: Uint8Array): number {
  void bytes[0]; // Calls nothing. It makes V8 check the array's class, and then the getter is a load of a field and not a call.
  return length.call(bytes);
}

/** Copies all of `source`, which must not be longer than `target`, to the start of `target`. */
export function copyInto(target: Uint8Array, source: Uint8Array): void {
  set.call(target, source);
}

/** Returns the memory of a typed array or DataView. */
export function memoryOf(view: ArrayBufferView): ArrayBufferLike {
  return (arrayKind(view) === undefined ? ofDataViews : ofArrays).buffer.call(view) as ArrayBufferLike;
}

/** Returns which part of its memory a typed array or DataView shows. Throws TypeError if a DataView's memory was taken away. */
export function windowOf(view: ArrayBufferView): { offset: number; length: number } {
  const { byteOffset, byteLength } = arrayKind(view) === undefined ? ofDataViews : ofArrays;
  return { offset: byteOffset.call(view) as number, length: byteLength.call(view) as number };
}

/** Returns a plain Buffer of the same bytes, for code that asks the array itself: Node's, a library's. */
export function viewOf(bytes: Uint8Array): Buffer {
  const { offset, length } = windowOf(bytes);
  return length === 0 ? Buffer.alloc(0) : new FastBuffer(memoryOf(bytes), offset, length);
}

/** Returns the options with plain Buffers for bytes. node:tls would ask `ALPNProtocols` for its length, and send that many bytes. */
export function withPlainBytes<T extends object>(options: T): T {
  const plain = flattened(options);
  for (const [name, value] of Object.entries(plain)) if (isBytes(value)) Reflect.set(plain, name, viewOf(value));
  return plain;
}
