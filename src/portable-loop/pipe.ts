import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { isatty, ReadStream, WriteStream } from "node:tty";
import type { BaseProtocol } from "../core/contracts.js";
import { NotImplementedError } from "../core/errors.js";
import type { PendingConnection } from "../transports/attach-protocol.js";
import { pipeEnds, type PipeRequest } from "../net/pipe-endpoints.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import { SocketTransport } from "../node-net/socket-transport.js";

/** Over Node's own socket. That the other end is gone shows at once with sockets, and with the next write otherwise: Node does not look. */
const { ReadPipe, WritePipe } = pipeEnds(SocketTransport);

/** A socket that no transport owns yet. `pipe`: for getExtraInfo. */
export function pipeEnd(loop: HandleOwner, socket: Socket, reads: boolean, pipe?: unknown): PendingConnection {
  const Pipe = reads ? ReadPipe : WritePipe;
  return {
    makeTransport: (protocol: BaseProtocol) => new Pipe(pipe, loop, socket, protocol, null),
    close: () => void socket.destroy(),
  };
}

export function openPipe(loop: HandleOwner, request: PipeRequest): PendingConnection {
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
  const handle = (terminal as unknown as { _handle: { fd: number; setBlocking(blocking: boolean): void } })._handle;
  if (handle.fd !== fd && fd > 2) terminal.once("close", () => closeSync(fd));
  handle.setBlocking(false); // Node makes writing to a terminal block, for console.log().
  return terminal;
}

/** Node cannot duplicate a descriptor. What has a place in the file system, as FIFOs and terminals do, can be opened once more. */
function reopen({ fd, reads }: PipeRequest): number {
  const path = `${process.platform === "linux" ? "/proc/self/fd" : "/dev/fd"}/${fd}`;
  return openSync(path, (reads ? constants.O_RDONLY : constants.O_WRONLY) | constants.O_NONBLOCK | constants.O_NOCTTY);
}
