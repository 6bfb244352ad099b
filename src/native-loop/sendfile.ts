/** loop.sendfile() and loop.sockSendfile() with sendfile(2). */
import { constants } from "node:os";
import { connectionResetError, SendfileNotAvailableError } from "../core/errors.js";
import { coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import { sleep } from "../combinators/sleep.js";
import { readChunk, type FilePart } from "../net/sendfile.js";
import { PollEvents } from "./boundary/addon.js";
import { uvError } from "./boundary/uv-error.js";
import { AGAIN, socketError, type Socket } from "./sockets/socket.js";
import type { UvTransport } from "./uv-transport.js";
import type { FdWatchers } from "./fd-watchers.js";

/** The most bytes that one system call sends; then other callbacks run. */
const STEP_BYTES = 1 << 20;

const { EINVAL, ENOSYS, ENOTSUP, EOVERFLOW } = constants.errno;
/** The statuses of files and sockets that sendfile(2) does not support. */
const NOT_AVAILABLE: ReadonlySet<number> = new Set([EINVAL, ENOSYS, ENOTSUP, EOVERFLOW].map((code) => -code));

/**
 * Sends a file by steps of at most STEP_BYTES in the loop's thread; `send` is the system call. A step whose pages are not in the page cache
 * blocks the loop while the kernel reads them. Resolves to the number of bytes.
 */
function* pump(
  { offset, count }: FilePart,
  send: (offset: number, count: number) => number,
  wait: () => CoroutineGenerator<void>,
): CoroutineGenerator<number> {
  for (let total = 0; ;) {
    const step = count === null ? STEP_BYTES : Math.min(STEP_BYTES, count - total);
    const sent = step === 0 ? 0 : send(offset + total, step);
    if (sent === 0) return total;
    if (sent > 0) {
      total += sent;
      yield* sleep(0);
    } else if (sent === AGAIN) {
      yield* wait();
    } else {
      throw total === 0 && NOT_AVAILABLE.has(sent) ? notAvailable(sent) : uvError(sent, "sendfile");
    }
  }
}

/**
 * Implements loop.sendfile() for a transport. C++ sends what was written before first. While `fileSender` is set, write() throws; the
 * transport calls it when the connection is lost, which ends a wait. Reading is paused until the file is sent.
 */
export function* sendNatively(watches: FdWatchers, transport: UvTransport, part: FilePart): CoroutineGenerator<number> {
  const { native } = transport.loop;
  const { slot, generation } = transport;
  const socket = native.fileno(slot, generation);
  const wasReading = transport.isReading();
  if (wasReading) transport.pauseReading();
  transport.fileSender = () => watches.end(socket);
  const send = (offset: number, count: number): number => {
    if (transport.isClosing()) throw connectionResetError();
    return native.sendFile(slot, generation, part.fd, offset, count);
  };
  try {
    return yield* pump(part, send, () => watches.waitFor(socket, socket, PollEvents.WRITABLE));
  } finally {
    transport.fileSender = null;
    if (wasReading) transport.resumeReading();
  }
}

/** Implements loop.sockSendfile(). If sendfile(2) is not available, the file is read and sent, unless `fallback` is false. */
export const sockSendfile = coroutine(function* sockSendfile(watches: FdWatchers, sock: Socket, part: FilePart, fallback: boolean) {
  const { WRITABLE } = PollEvents;
  watches.checkFree(sock, WRITABLE);
  const wait = (): CoroutineGenerator<void> => watches.wait(sock, WRITABLE);
  try {
    return yield* pump(part, (offset, count) => sock.native().sendFile(part.fd, offset, count), wait);
  } catch (error) {
    if (!fallback || !(error instanceof SendfileNotAvailableError)) throw error;
  }
  let total = 0;
  for (;;) {
    const chunk = yield* readChunk(part, total);
    if (chunk.length === 0) return total;
    for (let sent = 0; sent < chunk.length;) {
      const result = sock.native().send(chunk, sent);
      if (result >= 0) sent += result;
      else if (result === AGAIN) yield* wait();
      else throw socketError(result, "send");
    }
    total += chunk.length;
  }
});

function notAvailable(status: number): SendfileNotAvailableError {
  return new SendfileNotAvailableError("sendfile(2) does not support this file or socket; use fallback: true", {
    cause: uvError(status, "sendfile"),
  });
}
