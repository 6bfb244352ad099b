/** Names and numbers of socket families, types and options, and the calls that read and set options. */
import { ValueError } from "../../core/errors.js";
import type { SocketFamily, SocketType } from "../../core/contracts.js";
import { isBytes } from "../../util/bytes.js";
import { describe } from "../../util/format.js";
import { loadBinding } from "../boundary/addon.js";
import { uvError } from "../boundary/uv-error.js";

/** Returns the system's number of a constant, as "SO_TYPE". Throws ValueError for a name that this system does not have. */
export function socketConstant(name: string): number {
  const value = loadBinding().socketConstants[name];
  if (value === undefined) throw new ValueError(`${describe(name)} is not a socket constant of this system; pass its number`);
  return value;
}

function numberOf(value: unknown, name: string): number {
  if (typeof value === "string") return socketConstant(value);
  if (typeof value === "number" && Number.isInteger(value)) return value;
  throw new TypeError(`${name} must be the name of a constant or an integer, got ${describe(value)}`);
}

const FAMILIES = { IPv4: "AF_INET", IPv6: "AF_INET6", unix: "AF_UNIX" } as const;
const TYPES = { stream: "SOCK_STREAM", dgram: "SOCK_DGRAM" } as const;

/** Returns the system's number of a family. Throws TypeError for any other value. */
export function familyNumber(family: SocketFamily): number {
  const name = Object.hasOwn(FAMILIES, family) ? FAMILIES[family] : undefined;
  if (name === undefined) throw new TypeError(`family must be "IPv4", "IPv6" or "unix", got ${describe(family)}`);
  return socketConstant(name);
}

/** Returns the system's number of a socket type. Throws TypeError for any other value. */
export function typeNumber(type: SocketType): number {
  const name = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (name === undefined) throw new TypeError(`type must be "stream" or "dgram", got ${describe(type)}`);
  return socketConstant(name);
}

/** Returns the family with this number. Throws ValueError for one that uvio's sockets do not support. */
export function familyOf(number: number): SocketFamily {
  return nameOf(FAMILIES, number, "family");
}

/** Returns the type with this number. Throws ValueError for one that uvio's sockets do not support. */
export function typeOf(number: number): SocketType {
  return nameOf(TYPES, number, "type");
}

function nameOf<K extends string>(names: Readonly<Record<K, string>>, number: number, what: string): K {
  for (const [name, constant] of Object.entries(names) as [K, string][]) if (socketConstant(constant) === number) return name;
  throw new ValueError(`sockets of ${what} ${number} are not supported`);
}

/** The native calls for options. A Socket has them directly, the socket of a transport or listener through its slot (UvSocketView). */
export interface NativeOptions {
  setOption(level: number, option: number, value: number | Uint8Array): number;
  getOption(level: number, option: number, length: number): [number | ArrayBuffer] | number;
}

/** Sets an option; level and option by name or number. Throws the system's error. */
export function setOption(native: NativeOptions, level: unknown, option: unknown, value: unknown): void {
  const given = typeof value === "boolean" ? Number(value) : value;
  if (!isBytes(given) && !Number.isInteger(given)) {
    throw new TypeError(`value must be an integer, a boolean or a Uint8Array, got ${describe(value)}`);
  }
  const status = native.setOption(numberOf(level, "level"), numberOf(option, "option"), given as number | Uint8Array);
  if (status < 0) throw uvError(status, "setsockopt");
}

/** Returns an option as a number, or as at most `length` bytes if a length is given. Throws the system's error. */
export function getOption(native: NativeOptions, level: unknown, option: unknown, length: unknown): number | Buffer {
  if (length !== undefined && !(Number.isInteger(length) && (length as number) > 0)) {
    throw new TypeError(`length must be a positive integer, got ${describe(length)}`);
  }
  const result = native.getOption(numberOf(level, "level"), numberOf(option, "option"), (length as number | undefined) ?? 0);
  if (typeof result === "number") throw uvError(result, "getsockopt");
  const [value] = result;
  return typeof value === "number" ? value : Buffer.from(value);
}
