import type { ConnectionOptions, Server, ServerOptions, UnixPath, UnixConnectionOptions, UnixServerOptions } from "../core/contracts.js";
import { getRunningLoop } from "../core/running.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import { StreamReaderProtocol, type ClientConnected } from "./protocol.js";
import { StreamReader } from "./reader.js";
import { StreamWriter } from "./writer.js";

export interface StreamOptions {
  /** Bytes of the longest line, default 65536. */
  limit?: number;
}

/**
 * Listens on TCP and runs `clientConnected(reader, writer)` as a task for each connection. Mirrors asyncio.start_server.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * await asyncio.run(async () => {
 *   const server = await asyncio.startServer(
 *     async (reader, writer) => {
 *       writer.write(await reader.readline());
 *       await writer.drain();
 *       writer.close();
 *     },
 *     "127.0.0.1",
 *     0,
 *   );
 *   const [reader, writer] = await asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port);
 *   writer.write("hello\n");
 *   console.log((await reader.read()).toString()); // hello
 *   writer.close();
 *   server.close();
 * });
 * ```
 */
export function startServer(
  clientConnected: ClientConnected,
  host: string | readonly string[] | null = null,
  port: number | null = null,
  options: StreamOptions & ServerOptions = {},
): Coroutine<Server> {
  checkClientConnected(clientConnected);
  return serve(clientConnected, host, port, options);
}

const serve = coroutine(function* startServer(
  clientConnected: ClientConnected,
  host: string | readonly string[] | null,
  port: number | null,
  { limit, ...options }: StreamOptions & ServerOptions,
) {
  const loop = getRunningLoop();
  const factory = () => new StreamReaderProtocol(new StreamReader({ limit, loop }), clientConnected, loop);
  return yield* loop.createServer(factory, host, port, options);
});

/** Connects to a TCP server; gives the two sides of the connection. Mirrors asyncio.open_connection. */
export const openConnection = coroutine(function* openConnection(
  host: string | null,
  port: number | null,
  { limit, ...options }: StreamOptions & ConnectionOptions = {},
) {
  const loop = getRunningLoop();
  const reader = new StreamReader({ limit, loop });
  const factory = () => new StreamReaderProtocol(reader, null, loop);
  const [transport, protocol] = yield* loop.createConnection(factory, host, port, options);
  const writer = new StreamWriter(transport, protocol, reader);
  return [reader, writer] as [StreamReader, StreamWriter];
});

/** As startServer, on a Unix socket. Mirrors asyncio.start_unix_server. */
export function startUnixServer(
  clientConnected: ClientConnected,
  path: UnixPath | null,
  options: StreamOptions & UnixServerOptions = {},
): Coroutine<Server<string>> {
  checkClientConnected(clientConnected);
  return serveUnix(clientConnected, path, options);
}

const serveUnix = coroutine(function* startUnixServer(
  clientConnected: ClientConnected,
  path: UnixPath | null,
  { limit, ...options }: StreamOptions & UnixServerOptions,
) {
  const loop = getRunningLoop();
  const factory = () => new StreamReaderProtocol(new StreamReader({ limit, loop }), clientConnected, loop);
  return yield* loop.createUnixServer(factory, path, options);
});

/** As openConnection, to a Unix socket. Mirrors asyncio.open_unix_connection. */
export const openUnixConnection = coroutine(function* openUnixConnection(
  path: UnixPath | null,
  { limit, ...options }: StreamOptions & UnixConnectionOptions = {},
) {
  const loop = getRunningLoop();
  const reader = new StreamReader({ limit, loop });
  const factory = () => new StreamReaderProtocol(reader, null, loop);
  const [transport, protocol] = yield* loop.createUnixConnection(factory, path, options);
  const writer = new StreamWriter(transport, protocol, reader);
  return [reader, writer] as [StreamReader, StreamWriter];
});

function checkClientConnected(clientConnected: unknown): void {
  if (typeof clientConnected === "function") return;
  throw new TypeError(`clientConnected must be an async function or a coroutine function, got ${describe(clientConnected)}`);
}
