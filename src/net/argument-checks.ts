/** Argument checks of the calls that connect and listen. */
import { describe } from "../util/format.js";

/** Throws TypeError for an option that is neither a boolean nor undefined. */
export function checkBooleans(options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && typeof value !== "boolean") throw new TypeError(`${name} must be a boolean, got ${describe(value)}`);
  }
}

/** Throws TypeError unless the protocol factory is a function. */
export function checkFactory(factory: unknown): void {
  if (typeof factory !== "function") throw new TypeError(`factory must be a function returning a protocol, got ${describe(factory)}`);
}

/** Throws TypeError for invalid lookup hints: an unknown family, or numbers that are not integers of 0 or more. */
export function checkLookup({ family, proto, flags }: { family?: unknown; proto?: unknown; flags?: unknown }): void {
  if (family !== undefined && family !== "IPv4" && family !== "IPv6")
    throw new TypeError(`family must be "IPv4" or "IPv6", got ${describe(family)}`);
  for (const [name, value] of Object.entries({ proto, flags })) {
    if (value !== undefined && !(Number.isInteger(value) && (value as number) >= 0))
      throw new TypeError(`${name} must be an integer of 0 or more, got ${describe(value)}`);
  }
}

/** Throws TypeError for anything but { address, port }. With `anyPort` the port may be missing, and the system chooses it. */
export function checkAddressLike(name: string, addr: unknown, { hint = "", anyPort = false } = {}): void {
  const { address, port } = (typeof addr === "object" && addr !== null ? addr : {}) as Partial<Record<"address" | "port", unknown>>;
  if (typeof address !== "string") throw new TypeError(`${name} must be { address, port }, got ${describe(addr)}${hint}`);
  checkEndpoint(address, anyPort && port === undefined ? 0 : port);
}

/** Throws TypeError for an invalid host or port, and RangeError for a port that is out of range. */
export function checkEndpoint(host: unknown, port: unknown): void {
  const list = Array.isArray(host) ? (host as unknown[]) : [host];
  for (const one of list) {
    if (one !== null && typeof one !== "string")
      throw new TypeError(`host must be a string, a list of strings or null, got ${describe(one)}`);
  }
  if (typeof port !== "number" || !Number.isInteger(port)) throw new TypeError(`port must be an integer, got ${describe(port)}`);
  if (port < 0 || port > 65535) throw new RangeError(`port must be from 0 to 65535, got ${port}`);
}
