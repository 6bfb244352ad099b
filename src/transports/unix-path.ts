/** The paths of Unix sockets: checking the argument, limiting its length, and completing errors about it. */
import { fileURLToPath } from "node:url";
import type { UnixPath } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import { describe } from "../util/format.js";
import { constants } from "node:os";

/** Returns the path as a string. Throws TypeError for another type, and ValueError if it is empty or contains a null byte. */
export function checkPath(path: UnixPath | null): string {
  const text: unknown = path instanceof URL ? fileURLToPath(path) : path;
  if (typeof text !== "string") throw new TypeError(`path must be a string or a file: URL, got ${describe(path)}`);
  if (text === "" || text === "\0") throw new ValueError("path must not be empty");
  if (!text.startsWith("\0") && text.includes("\0")) throw new ValueError("path must not contain a null byte");
  return text;
}

/** The longest path in bytes, without its final null byte: the size of sun_path, which is 108 on Linux and 104 on other systems. */
const MAX_PATH_BYTES = process.platform === "linux" ? 107 : 103;

/** Returns the system's ENAMETOOLONG error if the path is too long, else null. */
export function pathTooLong(path: string, syscall: string): Error | null {
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES + (path.startsWith("\0") ? 1 : 0)) return null;
  const error: NodeJS.ErrnoException = new Error(`${syscall} ENAMETOOLONG ${path}: more than ${MAX_PATH_BYTES} bytes`);
  Object.assign(error, { code: "ENAMETOOLONG", errno: -constants.errno.ENAMETOOLONG, syscall });
  return withPath(error, path);
}

/** Adds the path to a system error about a Unix socket: as `address`, like node:net, and as `path`, like node:fs. */
export function withPath(error: NodeJS.ErrnoException, path: string): NodeJS.ErrnoException {
  const named = error as NodeJS.ErrnoException & { address?: string; port?: number };
  named.address = named.path = path;
  delete named.port;
  return named;
}

/** Throws ENAMETOOLONG if the path is too long. Node 20 would truncate the path instead. */
export function checkLength(path: string, syscall: string): void {
  const error = pathTooLong(path, syscall);
  if (error !== null) throw error;
}
