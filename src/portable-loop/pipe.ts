/** Pipes of the portable loop, over node:net and node:tty. */
import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { isatty, ReadStream, WriteStream } from "node:tty";
import type { BaseProtocol } from "../core/contracts.js";
import { NotImplementedError } from "../core/errors.js";
import type { PendingConnection } from "../transports/attach-protocol.js";
import { pipeEnds, type PipeRequest } from "../net/pipe-endpoints.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import { SocketTransport } from "../node-net/socket-transport.js";

/**
 * Pipe transports over a Node socket. When the other end closes, a socket reports it immediately, but the writing end of a pipe only with
 * the next write: Node does not poll it.
 */
const { ReadPipe, WritePipe } = pipeEnds(SocketTransport);

/** Wraps one end of a pipe that no transport owns yet. `pipe` is what getExtraInfo("pipe") returns. */
export function pipeEnd(loop: HandleOwner, socket: Socket, reads: boolean, pipe?: unknown): PendingConnection {
  const Pipe = reads ? ReadPipe : WritePipe;
  return {
    makeTransport: (protocol: BaseProtocol) => new Pipe(pipe, loop, socket, protocol, null),
    close: () => void socket.destroy(),
  };
}

/** Opens a descriptor as a pipe. Throws NotImplementedError for a kind of device that Node has no socket for. */
export function openPipe(loop: HandleOwner, request: PipeRequest): PendingConnection {
  const fd = request.shared ? reopen(request) : request.fd;
  try {
    return pipeEnd(loop, socketOf(fd, request), request.reads, request.pipe);
  } catch (error) {
    if (fd !== request.fd) closeSync(fd);
    if ((error as NodeJS.ErrnoException).code !== "ERR_INVALID_FD_TYPE") throw error;
    throw new NotImplementedError("the portable loop does not support this kind of device; use the native loop (uvio/uvloop)", {
      cause: error,
    });
  }
}

function socketOf(fd: number, { reads, isSocket }: PipeRequest): Socket {
  if (!isatty(fd)) return new Socket({ fd, readable: reads || isSocket, writable: !reads, allowHalfOpen: true });
  const terminal = reads ? new ReadStream(fd) : new WriteStream(fd);
  // libuv usually reopens a terminal. The descriptor that was passed in is then unused, and must be closed here with the stream.
  const handle = (terminal as unknown as { _handle: { fd: number; setBlocking(blocking: boolean): void } })._handle;
  if (handle.fd !== fd && fd > 2) terminal.once("close", () => closeSync(fd));
  handle.setBlocking(false); // Node makes writes to a terminal blocking, for console.log().
  return terminal;
}

/** Replaces dup(2), which Node does not have: opens the file again by its path. Linux allows that for pipes and terminals, not sockets. */
function reopen({ fd, reads }: PipeRequest): number {
  const path = `${process.platform === "linux" ? "/proc/self/fd" : "/dev/fd"}/${fd}`;
  return openSync(path, (reads ? constants.O_RDONLY : constants.O_WRONLY) | constants.O_NONBLOCK | constants.O_NOCTTY);
}
