import type { EventLoop, SubprocessProtocol, SubprocessTransport } from "../core/contracts.js";
import { DrainProtocol } from "../streams/drain-protocol.js";
import { StreamReader } from "../streams/reader.js";
import { StreamWriter, type WriterProtocol } from "../streams/writer.js";

/** Connects a child's pipes to streams. Mirrors asyncio.subprocess.SubprocessStreamProtocol. */
export class SubprocessStreamProtocol extends DrainProtocol<SubprocessTransport> implements SubprocessProtocol, WriterProtocol {
  readonly #limit: number | undefined;
  #transport!: SubprocessTransport;
  stdin: StreamWriter | null = null;
  stdout: StreamReader | null = null;
  stderr: StreamReader | null = null;
  /** The number of pipes that are being read. */
  #reading = 0;
  #exited = false;

  constructor(limit: number | undefined, loop: EventLoop) {
    super(loop);
    this.#limit = limit;
  }

  override connectionMade(transport: SubprocessTransport): void {
    this.#transport = transport;
    this.stdout = this.#reader(1);
    this.stderr = this.#reader(2);
    const stdin = transport.getPipeTransport(0);
    if (stdin !== null) this.stdin = new StreamWriter(stdin, this, null);
  }

  pipeBytesBorrowed(fd: number, bytes: Uint8Array, lasting: boolean): void {
    const reader = fd === 1 ? this.stdout : this.stderr;
    if (lasting) reader?.feedLasting(bytes as Buffer);
    else reader?.feedData(bytes);
  }

  pipeConnectionLost(fd: number, error: Error | null): void {
    if (fd === 0) {
      super.connectionLost(error); // Completes drain() and waitClosed() of stdin.
      return;
    }
    const reader = fd === 1 ? this.stdout : this.stderr;
    if (error === null) reader?.feedEof();
    else reader?.setException(error);
    this.#reading--;
    this.#maybeClose();
  }

  processExited(): void {
    this.#exited = true;
    this.#maybeClose();
  }

  #reader(fd: number): StreamReader | null {
    const transport = this.#transport.getPipeTransport(fd);
    if (transport === null) return null;
    const reader = new StreamReader({ limit: this.#limit, loop: this.loop });
    reader.setTransport(transport);
    this.#reading++;
    return reader;
  }

  #maybeClose(): void {
    if (this.#exited && this.#reading === 0) this.#transport.close();
  }
}
