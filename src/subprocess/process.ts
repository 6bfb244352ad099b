/** `Process`, a child process with streams. */
import type { SubprocessTransport, Suspension } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { gather } from "../combinators/gather.js";
import type { StreamReader } from "../streams/reader.js";
import type { StreamWriter } from "../streams/writer.js";
import { isBytes } from "../util/bytes.js";
import { describe } from "../util/format.js";
import { checkOptions } from "../util/options.js";
import type { SubprocessStreamProtocol } from "./protocol.js";

/** Options of `process.wait()`. */
export interface WaitOptions {
  /** Whether to wait also until all pipes are closed, which the child's own children can keep open. Default true. */
  pipes?: boolean;
}

/** A child process, the result of `createSubprocessExec()`. Mirrors asyncio.subprocess.Process. */
export class Process {
  /** The streams of this process; null for each that is not a PIPE. */
  readonly stdin: StreamWriter | null;
  readonly stdout: StreamReader | null;
  readonly stderr: StreamReader | null;
  readonly pid: number;
  readonly #transport: SubprocessTransport;

  /** @internal */
  constructor(transport: SubprocessTransport, protocol: SubprocessStreamProtocol) {
    this.#transport = transport;
    this.stdin = protocol.stdin;
    this.stdout = protocol.stdout;
    this.stderr = protocol.stderr;
    this.pid = transport.getPid();
  }

  /** Null while the process runs, then its exit code, or -N if signal N terminated it. */
  get returncode(): number | null {
    return this.#transport.getReturncode();
  }

  /**
   * Waits until the process has exited and its pipes are closed; returns the return code. A process that fills a pipe which is not read
   * never exits; use `communicate()` for that. With `{ pipes: false }`, which is not part of asyncio, only the exit counts.
   */
  wait(options: WaitOptions = {}): Coroutine<number> {
    checkOptions(options, "{ pipes: false }");
    const { pipes = true } = options;
    if (typeof pipes !== "boolean") throw new TypeError(`pipes must be a boolean, got ${describe(pipes)}`);
    return wait(this.#transport, pipes);
  }

  /**
   * Sends `input` and closes stdin, reads stdout and stderr to their ends, all concurrently, and waits for the exit. Returns the data that
   * was read, null for streams that are not a PIPE. It is not an error if the process exits before it has read all of `input`.
   */
  communicate(input: Uint8Array | string | null = null): Coroutine<[stdout: Buffer | null, stderr: Buffer | null]> {
    checkInput(input);
    if (input !== null && this.stdin === null) {
      throw new RuntimeError("communicate() with input requires a pipe: start the process with { stdin: subprocess.PIPE }");
    }
    return communicate(this, this.#transport, input);
  }

  /** Sends a signal by name or number. No effect if the process has just exited; throws ESRCH after `wait()` has completed. */
  sendSignal(signal: NodeJS.Signals | number): void {
    this.#transport.sendSignal(signal);
  }

  /** Sends SIGTERM. */
  terminate(): void {
    this.#transport.terminate();
  }

  /** Sends SIGKILL. */
  kill(): void {
    this.#transport.kill();
  }

  /** Kills the process if it is running, and waits for its exit. Not part of asyncio. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  /** @internal */
  end(): Coroutine<number> {
    this.#transport.close();
    return wait(this.#transport, false);
  }

  toString(): string {
    return `<Process ${this.pid}>`;
  }
}

export function checkInput(input: unknown): void {
  if (input === null || typeof input === "string" || isBytes(input)) return;
  throw new TypeError(`input must be a Uint8Array, a string or null, got ${describe(input)}`);
}

const wait = coroutine(function* wait(transport: SubprocessTransport, pipes: boolean) {
  return yield* transport.waitForExit(pipes);
});

const communicate = coroutine(function* communicate(process: Process, transport: SubprocessTransport, input: Uint8Array | string | null) {
  const { stdin, stdout, stderr } = process;
  const [, output, errors] = yield* gather(
    stdin === null ? nothing() : feed(stdin, input),
    stdout === null ? nothing() : readAll(stdout, transport, 1),
    stderr === null ? nothing() : readAll(stderr, transport, 2),
  );
  yield* transport.waitForExit(true);
  return [output, errors] as [Buffer | null, Buffer | null];
});

// eslint-disable-next-line require-yield -- where there is no pipe
const nothing = coroutine(function* nothing() {
  return null;
});

const feed = coroutine(function* feedStdin(stdin: StreamWriter, input: Uint8Array | string | null) {
  try {
    if (input !== null) stdin.write(input);
    yield* stdin.drain();
  } catch (error) {
    if (!isPipeGone(error)) throw error;
  }
  stdin.close();
});

const readAll = coroutine(function* readStream(
  reader: StreamReader,
  transport: SubprocessTransport,
  fd: number,
): Generator<Suspension, Buffer, unknown> {
  const output = yield* reader.read();
  transport.getPipeTransport(fd)?.close();
  return output;
});

function isPipeGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EPIPE" || code === "ECONNRESET";
}
