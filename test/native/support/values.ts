/** Values of every kind: many invalid arguments, and some valid ones. */
import { FAKES, LIES } from "../../support/lying-arrays.js";
import { detach } from "./detach.js";

export type Random = () => number;

export function pick<T>(next: Random, list: readonly T[]): T {
  return list[Math.floor(next() * list.length)]!;
}

function throwing(): never {
  throw new Error("looked at");
}

/** Throws on every operation. */
const hostileProxy = new Proxy(function target() {}, {
  get: throwing,
  has: throwing,
  apply: throwing,
  construct: throwing,
  getPrototypeOf: throwing,
  ownKeys: throwing,
});

const ResizableBuffer = ArrayBuffer as unknown as new (
  length: number,
  options: { maxByteLength: number },
) => ArrayBuffer & { resize(length: number): void };
const GrowableBuffer = SharedArrayBuffer as unknown as new (
  length: number,
  options: { maxByteLength: number },
) => SharedArrayBuffer & { grow(length: number): void };

const MAKERS: readonly (() => unknown)[] = [
  () => new Uint8Array(16),
  () => Buffer.alloc(8),
  () => new Uint8Array(new SharedArrayBuffer(16)),
  () => new Int32Array(4),
  () => new Float64Array(2),
  () => new BigInt64Array(2),
  () => new DataView(new ArrayBuffer(8)),
  () => new ArrayBuffer(8),
  () => new SharedArrayBuffer(8),
  () => new Int32Array(new SharedArrayBuffer(4 * 20)),
  () => new Int32Array(new GrowableBuffer(4 * 14, { maxByteLength: 4 * 26 })),
  () => {
    const bytes = new Uint8Array(16);
    detach(bytes.buffer, "structuredClone");
    return bytes;
  },
  () => {
    const buffer = new ResizableBuffer(64, { maxByteLength: 128 });
    const bytes = new Uint8Array(buffer, 8);
    buffer.resize(4); // The view begins beyond the end now.
    return bytes;
  },
  ...Object.values(LIES).map((lie) => () => lie(new Uint8Array(16))),
  ...Object.values(FAKES),
  () => ({}),
  () => [],
  () => [1, 2],
  () => Object.create(null) as unknown,
  () => new Proxy({}, {}),
  () => new Proxy(new Uint8Array(8), {}),
  () => hostileProxy,
  () => ({ valueOf: throwing, toString: throwing }),
  () => ({ get address() { return throwing(); }, get completions() { return throwing(); } }), // prettier-ignore
  () => () => 1,
  () => class {},
  () => Symbol("value"),
  () => Symbol.iterator,
  () => 10n ** 30n,
  () => new Date(NaN),
  () => new Map(),
  () => Promise.resolve(1),
  () => new WeakRef({}),
];

const PRIMITIVES: readonly unknown[] = [
  undefined, null, true, false, 0, -0, 1, -1, 2, 3, 7, 0.5, -0.5, NaN, Infinity, -Infinity, 2 ** 16, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1,
  2 ** 32, 2 ** 32 + 1, 2 ** 53, -(2 ** 53), 1e300, 5e-324, "", "1", "127.0.0.1", "::1", "nonsense", "\0", "x".repeat(5000), "\ud800",
]; // prettier-ignore

export function anyValue(next: Random): unknown {
  return next() < 0.5 ? pick(next, PRIMITIVES) : pick(next, MAKERS)();
}

/** Returns an integer that is likely to break checks of counters, offsets and lengths. */
export function anyInt32(next: Random): number {
  return next() < 0.5 ? pick(next, [0, 1, -1, 2, 3, 5, 8, 64, 2 ** 16, 2 ** 20, 2 ** 31 - 1, -(2 ** 31)]) : (next() * 2 ** 32) | 0;
}
