import type { BaseProtocol, ExtraInfo } from "../../core/contracts.js";
import { brokenPipeError } from "../../core/errors.js";
import type { Connected } from "../endpoints.js";
import { READING, without, WRITING, type PipeRequest } from "../pipes.js";
import type { UvHost } from "./host.js";
import { osError } from "./os-error.js";
import { UvTransport } from "./transport.js";

/** One end of a pipe: the same stream as TCP's, in one direction. */
abstract class UvPipe extends UvTransport {
  readonly #pipe: unknown;

  constructor(loop: UvHost, slot: number, protocol: BaseProtocol, pipe: unknown) {
    super(loop, slot, loop.native.generation(slot), protocol, null);
    this.#pipe = pipe;
  }

  override getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K];
  override getExtraInfo(name: string, fallback?: unknown): unknown;
  override getExtraInfo(name: string, fallback?: unknown): unknown {
    return name === "pipe" && this.#pipe !== undefined ? this.#pipe : super.getExtraInfo(name, fallback);
  }
}

/** Closes itself at the end, whatever eofReceived() returns. */
export class UvReadPipe extends UvPipe {
  static {
    without(UvReadPipe, WRITING);
  }

  override onEof(): void {
    super.onEof();
    this.close();
  }
}

/** Reads to notice that the other end is gone; what a socket may send is dropped. */
export class UvWritePipe extends UvPipe {
  static {
    without(UvWritePipe, READING);
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

/** A stream that no transport owns yet. `pipe`: for getExtraInfo. */
export function pipeEnd(loop: UvHost, slot: number, reads: boolean, pipe?: unknown): Connected {
  const generation = loop.native.generation(slot);
  const Pipe = reads ? UvReadPipe : UvWritePipe;
  return {
    makeTransport: (protocol: BaseProtocol) => new Pipe(loop, slot, protocol, pipe),
    close: () => loop.native.closeHandle(slot, generation),
  };
}

export function openPipe(loop: UvHost, { fd, shared, reads, pipe }: PipeRequest): Connected {
  const slot = loop.native.openPipe(fd, shared);
  if (slot < 0) throw osError(slot, "open");
  return pipeEnd(loop, slot, reads, pipe);
}
