/** The base classes of protocols, with empty methods to override. Mirrors asyncio.protocols. */
import type * as contracts from "../core/contracts.js";

/** The methods that a transport calls on every kind of protocol. Mirrors asyncio.BaseProtocol. */
export abstract class BaseProtocol<T = contracts.Transport> implements contracts.BaseProtocol<T> {
  /** Called once, before all other methods. Keep `transport` to write with it. Mirrors connection_made. */
  connectionMade(_transport: T): void {}

  /** Called once, after all other methods. `error` is null after a regular end or `close()`. Mirrors connection_lost. */
  connectionLost(_error: Error | null): void {}

  /** Called inside `write()` when the transport's write buffer exceeds its high-water mark. Mirrors pause_writing. */
  pauseWriting(): void {}

  /** Called when the write buffer has drained to its low-water mark. Mirrors resume_writing. */
  resumeWriting(): void {}
}

/**
 * Receives the bytes of a connection as they arrive; for `createConnection`, `createServer` and so on. Mirrors asyncio.Protocol.
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
  /** Called with received bytes. You may keep `data`. Mirrors data_received. */
  dataReceived(_data: Buffer): void {}

  /** Called when the peer has sent its last byte. Return true to continue sending; otherwise the transport closes. Mirrors eof_received. */
  eofReceived(): boolean | null | undefined | void {}
}

/** Receives the bytes of a connection into its own memory, which saves a Buffer per read. Mirrors asyncio.BufferedProtocol. */
export abstract class BufferedProtocol extends BaseProtocol implements contracts.BufferedProtocol {
  /** Returns memory for the next bytes; it must not be empty. `sizeHint` is the number of bytes available, or -1. Mirrors get_buffer. */
  abstract getBuffer(sizeHint: number): Uint8Array;

  /** Called when `length` bytes were stored at the start of the memory from `getBuffer`. Mirrors buffer_updated. */
  abstract bufferUpdated(length: number): void;

  /** Called when the peer has sent its last byte. Return true to continue sending; otherwise the transport closes. Mirrors eof_received. */
  eofReceived(): boolean | null | undefined | void {}
}

/** Receives datagrams; for `createDatagramEndpoint`. Mirrors asyncio.DatagramProtocol. */
export abstract class DatagramProtocol<A = contracts.Address>
  extends BaseProtocol<contracts.DatagramTransport<A>>
  implements contracts.DatagramProtocol<A>
{
  /**
   * Called with each datagram. You may keep `data`. `addr` is the sender's address; for a Unix socket its path, or "" if it is not bound.
   * Mirrors datagram_received.
   */
  datagramReceived(_data: Buffer, _addr: A): void {}

  /** Called when sending or receiving has failed, for example for a closed port. The endpoint stays open. Mirrors error_received. */
  errorReceived(_error: Error): void {}
}

/** Receives the events of a child process. `fd` is 0 for its stdin, 1 for stdout, 2 for stderr. Mirrors asyncio.SubprocessProtocol. */
export abstract class SubprocessProtocol extends BaseProtocol<contracts.SubprocessTransport> implements contracts.SubprocessProtocol {
  /** Called when the child has written to a pipe. You may keep `data`. Mirrors pipe_data_received. */
  pipeDataReceived(_fd: number, _data: Buffer): void {}

  /** Called when a pipe is closed. `error` is null after a regular end. Mirrors pipe_connection_lost. */
  pipeConnectionLost(_fd: number, _error: Error | null): void {}

  /** Called when the process has exited. Its pipes may still have data, or be open in a grandchild. Mirrors process_exited. */
  processExited(): void {}
}
