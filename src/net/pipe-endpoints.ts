/** connectReadPipe and connectWritePipe, as far as they are the same on both loops. */
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
  /** The number is somebody's who will close it: the transport needs a descriptor of its own. */
  shared: boolean;
  /** Whether the transport reads; it writes otherwise. */
  reads: boolean;
  /** Bytes can come back from it, also where we write to it. */
  isSocket: boolean;
  /** For getExtraInfo. */
  pipe: Descriptor;
}

/** The part of a loop's backend that opens pipes. */
export interface PipeBackend {
  /** Opens one end of a pipe. If this fails, the descriptor stays as it was. */
  openPipe(loop: HandleOwner, request: PipeRequest): PendingConnection;
}

// Not attachProtocol(): a factory that fails leaves the pipe to its owner.
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

/** TypeError for what is no descriptor. */
export function descriptorOf(value: Descriptor, name: string): number {
  const fd: unknown = typeof value === "object" && value !== null ? value.fd : value;
  if (!Number.isInteger(fd) || (fd as number) < 0 || (fd as number) > 0x7fff_ffff) {
    const expected = "a descriptor: a number from 0, a FileHandle, or a stream that has an fd";
    throw new TypeError(`${name} must be ${expected}; got ${describe(value)}${fd === value ? "" : ` with the fd ${describe(fd)}`}`);
  }
  return fd as number;
}

function requestOf(pipe: Descriptor, reads: boolean): PipeRequest {
  const fd = descriptorOf(pipe, "pipe");
  const stats = fstatSync(fd);
  if (!stats.isFIFO() && !stats.isSocket() && !stats.isCharacterDevice()) {
    throw new ValueError(`pipe must be a pipe, a socket or a terminal, got ${kindOf(stats)}; a loop does not wait for those, use node:fs`);
  }
  // libuv does not close the standard streams, and Node's objects for them must live on.
  const shared = typeof pipe === "object" && fd > 2;
  return { fd, shared, reads, isSocket: stats.isSocket(), pipe };
}

function kindOf(stats: Stats): string {
  return stats.isFile() ? "a regular file" : stats.isDirectory() ? "a folder" : "something else";
}

/** A FileHandle, or a stream. */
interface Closable {
  close?(): unknown;
  destroy?(): unknown;
}

function closeGiven(loop: EventLoop, pipe: Closable): void {
  const close = async (): Promise<unknown> => (pipe.destroy === undefined ? pipe.close?.() : pipe.destroy());
  close().catch((exception: unknown) => {
    if (!loop.isClosed()) loop.callExceptionHandler({ message: "closing what a pipe was opened from failed", exception });
  });
}

/** What a transport of one direction has not. */
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

/** Gives a class back the methods of the abstract Transport, which throw NotImplementedError. */
function without(transport: { readonly prototype: Transport }, methods: typeof READING | typeof WRITING): void {
  for (const name of methods) Object.defineProperty(transport.prototype, name, { value: Transport.prototype[name] });
}

type PipeEnd<A extends unknown[]> = new (pipe: unknown, ...args: A) => StreamTransport;

/** The two ends of a pipe over a loop's own stream. What they are given first is for `getExtraInfo("pipe")`. */
export function pipeEnds<A extends unknown[]>(
  Stream: new (...args: A) => StreamTransport,
): { ReadPipe: PipeEnd<A>; WritePipe: PipeEnd<A> } {
  // Abstract to the compiler only: Stream has what StreamTransport leaves open.
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

  /** Closes itself at the end, whatever eofReceived() returns. */
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

  /** Reads to notice that the other end is gone, as far as the loop can; what a socket may send is dropped. */
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
    override onTransientData(): void {}

    override onEof(): void {
      if (this.getWriteBufferSize() > 0) this.onError(brokenPipeError());
      else this.abort();
    }
  }

  return { ReadPipe: ReadPipe as unknown as PipeEnd<A>, WritePipe: WritePipe as unknown as PipeEnd<A> };
}
