/** Base classes for protocols: override what you need. Mirrors asyncio.protocols. */
import type * as contracts from "../core/contracts.js";

/** What every protocol is told. Mirrors asyncio.BaseProtocol. */
export abstract class BaseProtocol<T = contracts.Transport> implements contracts.BaseProtocol<T> {
  /** The connection is there; keep the transport for writing. Called once, before anything else. */
  connectionMade(_transport: T): void {}

  /** The connection is gone: null after a regular end or `close()`, else why. Called once, after everything else. */
  connectionLost(_error: Error | null): void {}

  /** The transport's write buffer has passed its high-water mark. Called inside `write()`. */
  pauseWriting(): void {}

  /** The write buffer has drained to its low-water mark. */
  resumeWriting(): void {}
}

/**
 * Receives bytes as they come; for `createConnection`, `createServer` and their like. Mirrors asyncio.Protocol.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * class Shout extends asyncio.Protocol {
 *   #transport!: asyncio.Transport;
 *
 *   override connectionMade(transport: asyncio.Transport) {
 *     this.#transport = transport;
 *   }
 *
 *   override dataReceived(data: Buffer) {
 *     this.#transport.write(String(data).toUpperCase());
 *   }
 * }
 *
 * await asyncio.run(async () => {
 *   const server = await asyncio.getRunningLoop().createServer(() => new Shout(), "127.0.0.1", 0);
 *   const [reader, writer] = await asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port);
 *   writer.write("hello");
 *   console.log(String(await reader.readexactly(5))); // HELLO
 *   writer.close();
 *   server.close();
 * });
 * ```
 */
export abstract class Protocol extends BaseProtocol implements contracts.Protocol {
  /** `data` is yours to keep. */
  dataReceived(_data: Buffer): void {}

  /** The peer sends no more. Return true to go on sending; otherwise the transport closes itself. */
  eofReceived(): boolean | null | undefined | void {}
}

/** Receives bytes into memory of its own, which spares a Buffer for each. Mirrors asyncio.BufferedProtocol. */
export abstract class BufferedProtocol extends BaseProtocol implements contracts.BufferedProtocol {
  /** Memory for the next bytes, not empty. `sizeHint`: how many there are, -1 if unknown. */
  abstract getBuffer(sizeHint: number): Uint8Array;

  /** `length` bytes are at the start of what `getBuffer` returned. */
  abstract bufferUpdated(length: number): void;

  /** As Protocol.eofReceived. */
  eofReceived(): boolean | null | undefined | void {}
}

/** Receives datagrams, each whole; for `createDatagramEndpoint`. Mirrors asyncio.DatagramProtocol. */
export abstract class DatagramProtocol<A = contracts.Address>
  extends BaseProtocol<contracts.DatagramTransport<A>>
  implements contracts.DatagramProtocol<A>
{
  /** `data` is yours to keep; `addr` is whom it came from: of a Unix socket the path, "" for one that is not bound. */
  datagramReceived(_data: Buffer, _addr: A): void {}

  /** Sending or receiving has failed, as when nobody listens where a datagram went to. The endpoint goes on. */
  errorReceived(_error: Error): void {}
}

/** Is told of a child process. `fd`: 0 for its standard input, 1 for its output, 2 for its errors. Mirrors asyncio.SubprocessProtocol. */
export abstract class SubprocessProtocol extends BaseProtocol<contracts.SubprocessTransport> implements contracts.SubprocessProtocol {
  /** The child has written to a pipe; `data` is yours to keep. */
  pipeDataReceived(_fd: number, _data: Buffer): void {}

  /** A pipe is closed: null after its regular end, else why. */
  pipeConnectionLost(_fd: number, _error: Error | null): void {}

  /** The process has exited; its pipes may still have data, or be held open by a child of its own. */
  processExited(): void {}
}
