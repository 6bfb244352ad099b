/** loop.sendfile(), as far as it is the same on both loops. */
import { read } from "node:fs";
import type { BaseProtocol, EventLoop, FileSource, SendfileOptions } from "../core/contracts.js";
import { connectionResetError, RuntimeError, SendfileNotAvailableError, ValueError } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import { describe } from "../util/format.js";
import { StreamTransport } from "../transports/stream-transport.js";

/** Bytes that are read and written at once where there is no sendfile(2). */
const CHUNK_BYTES = 64 * 1024;

/** A part of an open file; to its end where there is no count. */
export interface FilePart {
  fd: number;
  offset: number;
  count: number | null;
}

/** Sends by sendfile(2); SendfileNotAvailableError where the system does not, and nothing was sent. Null where the loop has no such thing. */
export type SendNatively = (transport: StreamTransport, part: FilePart) => CoroutineGenerator<number> | null;

export function checkFilePart(file: FileSource, offset: number, count: number | null): FilePart {
  const fd: unknown = typeof file === "object" && file !== null ? file.fd : file;
  if (typeof fd !== "number" || !Number.isInteger(fd))
    throw new TypeError(`file must be a FileHandle or a descriptor, got ${describe(file)}`);
  if (fd < 0) throw new ValueError("file must be open");
  if (!Number.isInteger(offset)) throw new TypeError(`offset must be an integer, got ${describe(offset)}`);
  if (offset < 0) throw new ValueError(`offset must be a non-negative integer (got ${offset})`);
  if (count !== null && !Number.isInteger(count)) throw new TypeError(`count must be a positive integer or null, got ${describe(count)}`);
  if (count !== null && count <= 0) throw new ValueError(`count must be a positive integer (got ${count})`);
  return { fd, offset, count };
}

export const sendfile = coroutine(function* sendfile(
  loop: EventLoop,
  sendNatively: SendNatively,
  transport: unknown,
  part: FilePart,
  { fallback = true }: SendfileOptions,
) {
  if (!(transport instanceof StreamTransport)) throw new RuntimeError(`sendfile is not supported for transport ${describe(transport)}`);
  if (transport.isClosing()) throw new RuntimeError("Transport is closing");
  if (transport.fileSender !== null) throw new RuntimeError("sendfile is already in progress on this transport");
  const native = sendNatively(transport, part);
  if (native === null) {
    if (!fallback) throw new SendfileNotAvailableError("fallback is disabled and native sendfile is not supported for this transport");
    return yield* sendByReading(loop, transport, part);
  }
  try {
    return yield* native;
  } catch (error) {
    if (!fallback || !(error instanceof SendfileNotAvailableError)) throw error;
  }
  return yield* sendByReading(loop, transport, part);
});

/** Reads the file and writes it, no faster than it is sent. */
function* sendByReading(loop: EventLoop, transport: StreamTransport, part: FilePart): CoroutineGenerator<number> {
  const sender = new FileProtocol(loop, transport);
  let total = 0;
  try {
    for (;;) {
      const chunk = yield* readChunk(part, total);
      if (chunk.length === 0) return total;
      yield* sender.write(chunk);
      total += chunk.length;
    }
  } finally {
    sender.restore();
  }
}

/** What follows the first `done` bytes of the part; empty at its end. */
export function* readChunk({ fd, offset, count }: FilePart, done: number): CoroutineGenerator<Buffer> {
  const length = count === null ? CHUNK_BYTES : Math.min(CHUNK_BYTES, count - done);
  if (length === 0) return Buffer.alloc(0);
  const result = new Future<Buffer>({ loop: getRunningLoop() });
  const buffer = Buffer.allocUnsafe(length);
  read(fd, buffer, 0, length, offset + done, (error, size) => {
    if (result.done()) return; // Cancelled.
    if (error !== null) result.setException(error);
    else result.setResult(buffer.subarray(0, size));
  });
  return yield* result;
}

/** Stands in for the transport's protocol while a file is sent: nobody else writes, nothing is received, flow control is ours. */
class FileProtocol implements BaseProtocol {
  readonly #loop: EventLoop;
  readonly #transport: StreamTransport;
  readonly #protocol: BaseProtocol;
  readonly #wasReading: boolean;
  readonly #wasPaused: boolean;
  #paused: Future<void> | null = null;
  #isLost = false;

  constructor(loop: EventLoop, transport: StreamTransport) {
    this.#loop = loop;
    this.#transport = transport;
    this.#protocol = transport.getProtocol();
    this.#wasReading = transport.isReading();
    this.#wasPaused = transport.isProtocolPaused;
    if (this.#wasReading) transport.pauseReading();
    transport.setProtocol(this);
    transport.fileSender = NOBODY_ELSE;
    if (this.#wasPaused) this.pauseWriting();
  }

  /** Waits until there is room, then writes. */
  *write(chunk: Buffer): CoroutineGenerator<void> {
    const transport = this.#transport;
    if (this.#paused !== null) yield* this.#paused;
    if (this.#isLost || transport.isClosing()) throw connectionResetError();
    transport.fileSender = null;
    try {
      transport.write(chunk);
    } finally {
      transport.fileSender = NOBODY_ELSE;
    }
    if (this.#paused !== null) yield* this.#paused;
  }

  restore(): void {
    const transport = this.#transport;
    transport.fileSender = null;
    transport.setProtocol(this.#protocol);
    const isPaused = transport.isProtocolPaused;
    if (this.#wasReading) transport.resumeReading();
    if (this.#isLost || this.#wasPaused === isPaused) return;
    if (isPaused) this.#protocol.pauseWriting?.();
    else this.#protocol.resumeWriting?.();
  }

  dataReceived(): void {
    throw new RuntimeError("Invalid state: reading should be paused");
  }

  pauseWriting(): void {
    this.#paused ??= new Future<void>({ loop: this.#loop });
  }

  resumeWriting(): void {
    const paused = this.#paused;
    this.#paused = null;
    if (paused !== null && !paused.done()) paused.setResult(undefined);
  }

  eofReceived(): boolean | null | undefined | void {
    return (this.#protocol as { eofReceived?(): boolean | null | undefined | void }).eofReceived?.();
  }

  connectionLost(error: Error | null): void {
    this.#isLost = true;
    const paused = this.#paused;
    if (paused !== null && !paused.done()) paused.setException(error ?? connectionResetError());
    this.#protocol.connectionLost?.(error);
  }
}

/** The guard alone: what waits is told by connectionLost. */
const NOBODY_ELSE = (): void => {};
