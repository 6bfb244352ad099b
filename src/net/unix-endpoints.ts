/** createUnixServer and createUnixConnection, as far as they are the same on both loops. */
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import type { EventLoop, ProtocolFactory, UnixPath, UnixServerOptions } from "../core/contracts.js";
import { ValueError } from "../core/errors.js";
import type { Awaitable } from "../tasks/awaitable.js";
import { coroutine } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import { serve, type Connected, type OnConnection } from "./create-connection.js";
import { establish } from "../transports/attach-protocol.js";
import type { Listener } from "./server.js";
import { removeStaleSocket } from "./unix-socket-file.js";

export interface UnixBindRequest {
  path: string;
  backlog: number;
  cleanupSocket: boolean;
}

/** Binds one socket; as for TCP. */
export type BindPath = (request: UnixBindRequest, onConnection: OnConnection) => Awaitable<Listener<string>>;
export type ConnectPath = (path: string) => Awaitable<Connected>;

export const openUnixServer = coroutine(function* openUnixServer(
  loop: EventLoop,
  bind: BindPath,
  factory: ProtocolFactory,
  path: string,
  options: UnixServerOptions,
) {
  const { backlog = 100, cleanupSocket = true } = options;
  checkLength(path, "listen");
  removeStaleSocket(path);
  return yield* serve(loop, [(onConnection: OnConnection) => bind({ path, backlog, cleanupSocket }, onConnection)], factory, options);
});

export const openUnixConnection = coroutine(function* openUnixConnection(
  loop: EventLoop,
  connect: ConnectPath,
  factory: ProtocolFactory,
  path: string,
) {
  checkLength(path, "connect");
  return yield* establish(loop, yield* connect(path), factory);
});

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

/** Here, because Node 20 cuts what is too long. */
function checkLength(path: string, syscall: string): void {
  const error = pathTooLong(path, syscall);
  if (error !== null) throw error;
}

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
