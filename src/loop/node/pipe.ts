import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { isatty, ReadStream, WriteStream } from "node:tty";
import type { BaseProtocol, ExtraInfo } from "../../core/contracts.js";
import { brokenPipeError, NotImplementedError } from "../../core/errors.js";
import type { Connected } from "../endpoints.js";
import { READING, without, WRITING, type PipeRequest } from "../pipes.js";
import type { ResourceHost } from "../resources.js";
import { SocketTransport } from "../net/transport.js";

/** One end of a pipe, over Node's own socket. */
abstract class SocketPipe extends SocketTransport {
  readonly #pipe: unknown;

  constructor(loop: ResourceHost, socket: Socket, protocol: BaseProtocol, pipe: unknown) {
    super(loop, socket, protocol, null);
    this.#pipe = pipe;
  }

  override getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K];
  override getExtraInfo(name: string, fallback?: unknown): unknown;
  override getExtraInfo(name: string, fallback?: unknown): unknown {
    return name === "pipe" && this.#pipe !== undefined ? this.#pipe : super.getExtraInfo(name, fallback);
  }
}

/** Closes itself at the end, whatever eofReceived() returns. */
class ReadPipe extends SocketPipe {
  static {
    without(ReadPipe, WRITING);
  }

  override onEof(): void {
    super.onEof();
    this.close();
  }
}

/** That the other end is gone shows at once with sockets, and with the next write otherwise: Node does not look. */
class WritePipe extends SocketPipe {
  static {
    without(WritePipe, READING);
  }

  override writeEof(): void {
    this.close();
  }

  override onData(): void {}
  override onBorrowedData(): void {}

  override onEof(): void {
    if (this.getWriteBufferSize() > 0) this.onError(brokenPipeError());
    else this.abort();
  }
}

/** A socket that no transport owns yet. `pipe`: for getExtraInfo. */
export function pipeEnd(loop: ResourceHost, socket: Socket, reads: boolean, pipe?: unknown): Connected {
  const Pipe = reads ? ReadPipe : WritePipe;
  return {
    makeTransport: (protocol: BaseProtocol) => new Pipe(loop, socket, protocol, pipe),
    close: () => void socket.destroy(),
  };
}

export function openPipe(loop: ResourceHost, request: PipeRequest): Connected {
  const fd = request.shared ? reopen(request) : request.fd;
  try {
    return pipeEnd(loop, socketOf(fd, request), request.reads, request.pipe);
  } catch (error) {
    if (fd !== request.fd) closeSync(fd);
    if ((error as NodeJS.ErrnoException).code !== "ERR_INVALID_FD_TYPE") throw error;
    throw new NotImplementedError("the portable loop has no transports for such a device; use the native loop (uvio/uvloop)", {
      cause: error,
    });
  }
}

function socketOf(fd: number, { reads, isSocket }: PipeRequest): Socket {
  if (!isatty(fd)) return new Socket({ fd, readable: reads || isSocket, writable: !reads, allowHalfOpen: true });
  const terminal = reads ? new ReadStream(fd) : new WriteStream(fd);
  // Terminals are opened anew by libuv, and then the given descriptor is left to us.
  const own = (terminal as unknown as { _handle: { fd: number } })._handle.fd;
  if (own !== fd && fd > 2) terminal.once("close", () => closeSync(fd));
  return terminal;
}

/** Node cannot duplicate a descriptor. What has a place in the file system, as FIFOs and terminals do, can be opened once more. */
function reopen({ fd, reads }: PipeRequest): number {
  const path = `${process.platform === "linux" ? "/proc/self/fd" : "/dev/fd"}/${fd}`;
  return openSync(path, (reads ? constants.O_RDONLY : constants.O_WRONLY) | constants.O_NONBLOCK | constants.O_NOCTTY);
}
