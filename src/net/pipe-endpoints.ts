/** loop.connectReadPipe and loop.connectWritePipe: the part that both loops share. */
import { fstatSync, type Stats } from "node:fs";
import type { BaseProtocol, Descriptor, EventLoop, ExtraInfo, StreamProtocol } from "../core/contracts.js";
import { brokenPipeError, ValueError } from "../core/errors.js";
import { coroutine } from "../tasks/coroutine.js";
import { oneWay, ReadTransport, Transport, WriteTransport } from "../transports/transports.js";
import { describe } from "../util/format.js";
import { type PendingConnection, waitUntilStarted, protocolOf } from "../transports/attach-protocol.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import type { StreamTransport } from "../transports/stream-transport.js";

export interface PipeRequest {
  fd: number;
  /** Whether another object will close the descriptor, so that the transport needs a duplicate. */
  shared: boolean;
  /** Whether the transport reads. Otherwise it writes. */
  reads: boolean;
  /** Whether the descriptor is a socket: it can receive bytes even if the transport only writes. */
  isSocket: boolean;
  /** The result of getExtraInfo("pipe"). */
  pipe: Descriptor;
}

/** The part of a loop's backend that opens pipes. */
export interface PipeBackend {
  /** Opens one end of a pipe. If this fails, the descriptor stays as it was. */
  openPipe(loop: HandleOwner, request: PipeRequest): PendingConnection;
}

// This does not use attachProtocol(), because the pipe must stay open and its owner's if the protocol factory fails.
export const connectPipe = coroutine(function* connectPipe(
  loop: HandleOwner,
  backend: PipeBackend,
  reads: boolean,
  factory: () => BaseProtocol,
  pipe: Descriptor,
) {
  const request = requestOf(pipe, reads);
  const protocol = protocolOf(factory);
  const opened = backend.openPipe(loop, request);
  if (request.shared) closeGiven(loop, pipe as Closable);
  const transport = opened.makeTransport(protocol as StreamProtocol, null);
  yield* waitUntilStarted(loop, transport, () => transport.close());
  return [transport, protocol] as const;
});

/** Returns the descriptor's number. Throws TypeError for anything but a descriptor. */
export function descriptorOf(value: Descriptor, name: string): number {
  const fd: unknown = typeof value === "object" && value !== null ? value.fd : value;
  if (!Number.isInteger(fd) || (fd as number) < 0 || (fd as number) > 0x7fff_ffff) {
    const expected = "a descriptor of 0 or more, a FileHandle, or a stream with an fd";
    throw new TypeError(`${name} must be ${expected}; got ${describe(value)}${fd === value ? "" : ` with the fd ${describe(fd)}`}`);
  }
  return fd as number;
}

function requestOf(pipe: Descriptor, reads: boolean): PipeRequest {
  const fd = descriptorOf(pipe, "pipe");
  const stats = fstatSync(fd);
  if (!stats.isFIFO() && !stats.isSocket() && !stats.isCharacterDevice()) {
    throw new ValueError(`pipe must be a pipe, a socket or a terminal, got ${kindOf(stats)}; use node:fs for it`);
  }
  // Descriptors 0 to 2 are not duplicated: libuv does not close them, and process.stdin and so on must stay usable.
  const shared = typeof pipe === "object" && fd > 2;
  return { fd, shared, reads, isSocket: stats.isSocket(), pipe };
}

function kindOf(stats: Stats): string {
  return stats.isFile() ? "a regular file" : stats.isDirectory() ? "a folder" : "something else";
}

/** A FileHandle or a stream. */
interface Closable {
  close?(): unknown;
  destroy?(): unknown;
}

function closeGiven(loop: EventLoop, pipe: Closable): void {
  const close = async (): Promise<unknown> => (pipe.destroy === undefined ? pipe.close?.() : pipe.destroy());
  close().catch((exception: unknown) => {
    if (!loop.isClosed()) loop.callExceptionHandler({ message: "closing the object that a pipe was opened from failed", exception });
  });
}

/** The methods that a transport in the other direction does not support. */
const READING = ["isReading", "pauseReading", "resumeReading"] as const;
const WRITING = [
  "write",
  "writelines",
  "writeEof",
  "canWriteEof",
  "getWriteBufferSize",
  "getWriteBufferLimits",
  "setWriteBufferLimits",
] as const;

/** Replaces methods of a class by those of the abstract Transport, which throw NotImplementedError. */
function without(transport: { readonly prototype: Transport }, methods: typeof READING | typeof WRITING): void {
  for (const name of methods) Object.defineProperty(transport.prototype, name, { value: Transport.prototype[name] });
}

type PipeEnd<A extends unknown[]> = new (pipe: unknown, ...args: A) => StreamTransport;

/** Returns the classes of a pipe's two ends, derived from a loop's stream class. Their first argument is for `getExtraInfo("pipe")`. */
export function pipeEnds<A extends unknown[]>(
  Stream: new (...args: A) => StreamTransport,
): { ReadPipe: PipeEnd<A>; WritePipe: PipeEnd<A> } {
  // Abstract for the compiler only: Stream implements the abstract methods of StreamTransport.
  abstract class Pipe extends Stream {
    readonly #pipe: unknown;

    constructor(pipe: unknown, ...args: A) {
      super(...args);
      this.#pipe = pipe;
    }

    override getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K];
    override getExtraInfo(name: string, fallback?: unknown): unknown;
    override getExtraInfo(name: string, fallback?: unknown): unknown {
      return name === "pipe" && this.#pipe !== undefined ? this.#pipe : super.getExtraInfo(name, fallback);
    }
  }

  /** The reading end. Closes at the end of the data, whatever eofReceived() returns. */
  abstract class ReadPipe extends Pipe {
    get [oneWay](): unknown {
      return ReadTransport;
    }

    static {
      without(ReadPipe, WRITING);
    }

    override onEof(): void {
      super.onEof();
      this.close();
    }
  }

  /** The writing end. Reads only to notice that the other end is closed, if the loop can; data from a socket is dropped. */
  abstract class WritePipe extends Pipe {
    get [oneWay](): unknown {
      return WriteTransport;
    }

    static {
      without(WritePipe, READING);
    }

    override writeEof(): void {
      this.close();
    }

    override onData(): void {}
    override onBytes(): void {}

    override onEof(): void {
      if (this.getWriteBufferSize() > 0) this.onError(brokenPipeError());
      else this.abort();
    }
  }

  return { ReadPipe: ReadPipe as unknown as PipeEnd<A>, WritePipe: WritePipe as unknown as PipeEnd<A> };
}
