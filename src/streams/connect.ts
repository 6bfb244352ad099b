/** Functions that open connections and servers with a reader and a writer. */
import type { Duplex } from "node:stream";
import type {
  Awaitable,
  ConnectionOptions,
  EventLoop,
  Server,
  ServerOptions,
  Transport,
  UnixConnectionOptions,
  UnixPath,
  UnixServerOptions,
} from "../core/contracts.js";
import { getRunningLoop } from "../core/running.js";
import { coroutine, type Coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import { describe } from "../util/format.js";
import { checkOptions } from "../util/options.js";
import { StreamReaderProtocol, type ClientConnected } from "./protocol.js";
import { checkLimit, StreamReader } from "./reader.js";
import { StreamWriter } from "./writer.js";

/** Options of all functions that create streams. */
export interface StreamOptions {
  /** Maximum length of a line in bytes; default 65536. */
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
  checkOptions(options, "{ limit: 65536 }");
  return serve(clientConnected, host, port, options);
}

const serve = coroutine(function* startServer(
  clientConnected: ClientConnected,
  host: string | readonly string[] | null,
  port: number | null,
  options: StreamOptions & ServerOptions,
) {
  const loop = getRunningLoop();
  const factory = served(clientConnected, options.limit, loop);
  return yield* loop.createServer(factory, host, port, options);
});

/** Connects to a TCP server. Returns the reader and the writer of the connection. Mirrors asyncio.open_connection. */
export const openConnection = coroutine(function* openConnection(
  host: string | null = null,
  port: number | null = null,
  options: StreamOptions & ConnectionOptions = {},
) {
  checkOptions(options, "{ limit: 65536 }");
  return yield* streamsOf(options.limit, (loop, factory) => loop.createConnection(factory, host, port, options));
});

/** Like `startServer()`, on a Unix socket. Mirrors asyncio.start_unix_server. */
export function startUnixServer(
  clientConnected: ClientConnected,
  path: UnixPath | null = null,
  options: StreamOptions & UnixServerOptions = {},
): Coroutine<Server<string>> {
  checkClientConnected(clientConnected);
  checkOptions(options, "{ limit: 65536 }");
  return serveUnix(clientConnected, path, options);
}

const serveUnix = coroutine(function* startUnixServer(
  clientConnected: ClientConnected,
  path: UnixPath | null,
  options: StreamOptions & UnixServerOptions,
) {
  const loop = getRunningLoop();
  const factory = served(clientConnected, options.limit, loop);
  return yield* loop.createUnixServer(factory, path, options);
});

/** Like `openConnection()`, to a Unix socket. Mirrors asyncio.open_unix_connection. */
export const openUnixConnection = coroutine(function* openUnixConnection(
  path: UnixPath | null = null,
  options: StreamOptions & UnixConnectionOptions = {},
) {
  checkOptions(options, "{ limit: 65536 }");
  return yield* streamsOf(options.limit, (loop, factory) => loop.createUnixConnection(factory, path, options));
});

/**
 * Like `openConnection()`, over a Node Duplex: a socket, an HTTP upgrade, `Duplex.fromWeb(pair)`. The connection owns the Duplex from now
 * on; see `fromDuplex()`. `writer.startTls()` adds TLS. Not part of asyncio.
 */
export const openDuplex = coroutine(function* openDuplex(duplex: Duplex, options: StreamOptions = {}) {
  checkOptions(options, "{ limit: 65536 }");
  return yield* streamsOf(options.limit, (loop, factory) => loop.connectDuplex(factory, duplex));
});

/** Returns the factory for the protocol of each connection. */
function served(clientConnected: ClientConnected, limit: number | undefined, loop: EventLoop): () => StreamReaderProtocol {
  if (limit !== undefined) checkLimit(limit); // Throws here, not at each connection.
  return () => new StreamReaderProtocol(new StreamReader({ limit, loop }), clientConnected, loop);
}

/** Returns the reader and the writer of the connection that `connect` opens. */
function* streamsOf(
  limit: number | undefined,
  connect: (loop: EventLoop, factory: () => StreamReaderProtocol) => Awaitable<[Transport, StreamReaderProtocol]>,
): CoroutineGenerator<[reader: StreamReader, writer: StreamWriter]> {
  const loop = getRunningLoop();
  const reader = new StreamReader({ limit, loop });
  const [transport, protocol] = yield* connect(loop, () => new StreamReaderProtocol(reader, null, loop));
  return [reader, new StreamWriter(transport, protocol, reader)];
}

function checkClientConnected(clientConnected: unknown): void {
  if (typeof clientConnected === "function") return;
  throw new TypeError(`clientConnected must be an async function or a coroutine function, got ${describe(clientConnected)}`);
}
