/** loop.sendfile: the part that both loops share, and the fallback that reads and writes. */
import { read } from "node:fs";
import type { BaseProtocol, EventLoop, FileSource, SendfileOptions } from "../core/contracts.js";
import { connectionResetError, RuntimeError, SendfileNotAvailableError, ValueError } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { coroutine, type CoroutineGenerator } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import { describe } from "../util/format.js";
import { StreamTransport } from "../transports/stream-transport.js";

/** The fallback reads and writes this many bytes at a time. */
const CHUNK_BYTES = 64 * 1024;

/** A part of an open file; up to its end if `count` is null. */
export interface FilePart {
  fd: number;
  offset: number;
  count: number | null;
}

/**
 * Sends with sendfile(2). Returns null if the loop does not support it. Throws SendfileNotAvailableError, before anything is sent, if the
 * system does not.
 */
export type SendNatively = (transport: StreamTransport, part: FilePart) => CoroutineGenerator<number> | null;

/** Throws TypeError or ValueError for invalid arguments of sendfile, with asyncio's messages. */
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

/** Reads the file and writes it to the transport, waiting while the transport's write buffer is full. */
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

/** Reads the bytes that follow the first `done` bytes of the part; empty at its end. */
export function* readChunk({ fd, offset, count }: FilePart, done: number): CoroutineGenerator<Buffer> {
  const length = count === null ? CHUNK_BYTES : Math.min(CHUNK_BYTES, count - done);
  if (length === 0) return Buffer.alloc(0);
  const result = new Future<Buffer>({ loop: getRunningLoop() });
  const buffer = Buffer.allocUnsafe(length);
  read(fd, buffer, 0, length, offset + done, (error, size) => {
    if (!result.canSettle()) return; // Cancelled, or the loop is closed.
    if (error !== null) result.setException(error);
    else result.setResult(buffer.subarray(0, size));
  });
  return yield* result;
}

/**
 * Replaces the transport's protocol while the fallback sends a file. Until `restore`, other writes throw, reading is paused, and this
 * object receives the flow control. Because the user's protocol misses pauseWriting and resumeWriting in that time, `restore` calls the
 * one that is due. eofReceived and connectionLost are passed on.
 */
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

  /** Waits until the write buffer has room, writes, and waits again if the buffer is full now. */
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

/** Makes other writes throw. It does nothing when the connection is lost, because FileProtocol.connectionLost ends the wait. */
const NOBODY_ELSE = (): void => {};
