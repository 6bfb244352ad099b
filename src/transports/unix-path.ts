/** Paths of Unix sockets: the check of the argument, the limit of its length, the shape of errors about it. */
import { fileURLToPath } from "node:url";
import type { UnixPath } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import { describe } from "../util/format.js";
import { constants } from "node:os";

/** The path as a string. TypeError or ValueError for what is none. */
export function checkPath(path: UnixPath | null): string {
  const text: unknown = path instanceof URL ? fileURLToPath(path) : path;
  if (typeof text !== "string") throw new TypeError(`path must be a string or a file: URL, got ${describe(path)}`);
  if (text === "" || text === "\0") throw new ValueError("path must not be empty");
  if (!text.startsWith("\0") && text.includes("\0")) throw new ValueError("path must not have a zero in it");
  return text;
}

/** Bytes of the longest path, without its final zero: Linux's sun_path; that of the others is shorter. */
const MAX_PATH_BYTES = process.platform === "linux" ? 107 : 103;

/** What the system would say of a path that is too long; null of one that is not. */
export function pathTooLong(path: string, syscall: string): Error | null {
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES + (path.startsWith("\0") ? 1 : 0)) return null;
  const error: NodeJS.ErrnoException = new Error(`${syscall} ENAMETOOLONG ${path}: more than ${MAX_PATH_BYTES} bytes`);
  Object.assign(error, { code: "ENAMETOOLONG", errno: -constants.errno.ENAMETOOLONG, syscall });
  return withPath(error, path);
}

/** Completes the system's error about a Unix socket: its path is `address`, as in Node, and `path`, as in node:fs. */
export function withPath(error: NodeJS.ErrnoException, path: string): NodeJS.ErrnoException {
  const named = error as NodeJS.ErrnoException & { address?: string; port?: number };
  named.address = named.path = path;
  delete named.port;
  return named;
}

/** Here, because Node 20 cuts what is too long. */
export function checkLength(path: string, syscall: string): void {
  const error = pathTooLong(path, syscall);
  if (error !== null) throw error;
}
