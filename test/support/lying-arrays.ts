/** Arrays that lie about their bytes, and values that only look like arrays. */

type Lie = (bytes: Uint8Array) => Uint8Array;

const property =
  (name: PropertyKey, descriptor: PropertyDescriptor): Lie =>
  (bytes) =>
    Object.defineProperty(Buffer.from(bytes), name, descriptor);

const own = (properties: Record<string, unknown>): Lie => {
  return (bytes) => {
    const array = Buffer.from(bytes);
    for (const [name, value] of Object.entries(properties)) Object.defineProperty(array, name, { value });
    return array;
  };
};

const others = Buffer.from("other bytes of the program".repeat(100));
const evil = (length: unknown): Record<string, unknown> => ({ length, byteLength: length });

class Liar extends Uint8Array {
  override get length(): never {
    return 1000 as never;
  }
  override get byteLength(): never {
    return 1000 as never;
  }
  override get byteOffset(): never {
    return 8 as never;
  }
  override get buffer(): never {
    return others.buffer as never;
  }
  override subarray(): never {
    return others as never;
  }
  override slice(): never {
    return others as never;
  }
  override set(): void {}
}

const BufferLiar = Object.create(Buffer.prototype, {
  length: { get: () => 1000 },
  byteLength: { get: () => 1000 },
  constructor: { get: () => Float64Array },
}) as object;

const ResizableBuffer = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => ArrayBuffer;

/** Each returns an array with these bytes, however it looks. */
export const LIES: Readonly<Record<string, Lie>> = {
  "a subclass whose getters lie": (bytes) => new Liar(bytes),
  "a Buffer whose prototype's getters lie": (bytes) => Object.setPrototypeOf(Buffer.from(bytes), BufferLiar) as Buffer,
  "an own length that is too large": own(evil(1000)),
  "an own length that is too small": own(evil(1)),
  "an own length of 0": own(evil(0)),
  "a negative length": own(evil(-1)),
  "a length of NaN": own(evil(NaN)),
  "a length that is a string": own(evil("1000")),
  "a huge length": own(evil(2 ** 40)),
  "a getter length that throws": property("length", {
    get() {
      throw new Error("asked for its length");
    },
  }),
  "other memory": own({ buffer: others.buffer, byteOffset: 3, byteLength: 500 }),
  "methods of its own": own({
    subarray: () => others,
    slice: () => others,
    set: () => {},
    copy: () => 0,
    indexOf: () => 0,
    equals: () => true,
  }),
  "a constructor of its own": own({ constructor: { [Symbol.species]: Float64Array } }),
  "a valueOf of its own": own({
    valueOf: () => others,
    toString: () => "others",
    toJSON: () => others,
    [Symbol.iterator]: () => others.values(),
  }),
  "a resizable buffer": (bytes) => {
    const array = new Uint8Array(new ResizableBuffer(bytes.length, { maxByteLength: 1 << 20 }));
    array.set(bytes);
    return Object.defineProperty(array, "length", { value: 1000 });
  },
  "shared memory": (bytes) => {
    const array = new Uint8Array(new SharedArrayBuffer(bytes.length));
    array.set(bytes);
    return Object.defineProperty(array, "length", { value: 1000 });
  },
};

function hostile(): never {
  throw new Error("looked at");
}

/** None of these is a Uint8Array; `instanceof` says so of some. */
export const FAKES: Readonly<Record<string, () => unknown>> = {
  "a proxy of a Uint8Array": () => new Proxy(new Uint8Array(8), {}),
  "a proxy of a Buffer": () => new Proxy(Buffer.from("proxied"), { get: (target, name) => Reflect.get(target, name) as unknown }),
  "a proxy that throws": () => new Proxy(new Uint8Array(8), { get: hostile, has: hostile, getPrototypeOf: hostile, ownKeys: hostile }),
  "an object with a Uint8Array's prototype": () => Object.create(Uint8Array.prototype, { length: { value: 8 } }) as unknown,
  "an object with a Buffer's prototype": () => Object.setPrototypeOf({ length: 8, byteLength: 8 }, Buffer.prototype) as unknown,
  "a Float64Array": () => new Float64Array(4),
  "a Float64Array with a Uint8Array's prototype": () => Object.setPrototypeOf(new Float64Array(4), Uint8Array.prototype) as unknown,
  "a DataView": () => new DataView(new ArrayBuffer(8)),
  "an array-like object": () => ({ length: 8, byteLength: 8 }),
};
