/** `ProcessPoolExecutor`, and its end of the channel to a worker process. */
import { fork, type ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { programUrl } from "../core/own-files.js";
import { describe } from "../util/format.js";
import { BrokenProcessPool } from "./errors.js";
import { messageOf, unsendableArgument, type Outcome, type Packed } from "./job.js";
import { PoolExecutor, type Finish, type PoolOptions } from "./pool.js";
import type { ProcessMessage, ProcessReply } from "./process-worker.js";

/** Options of ProcessPoolExecutor. */
export interface ProcessPoolOptions extends PoolOptions {
  /** The environment of the worker processes; default: that of this process. */
  env?: NodeJS.ProcessEnv;
}

/** The pending result of the job that a process runs. */
interface Waiting {
  resolve(outcome: Outcome): void;
  reject(error: Error): void;
  readonly name: string;
}

/**
 * Runs functions in separate processes, which are started on demand and reused. Processes do not share memory, and a crash of native code
 * affects only one of them. Default `maxWorkers`: the number of processors. Mirrors concurrent.futures.ProcessPoolExecutor.
 */
export class ProcessPoolExecutor extends PoolExecutor {
  readonly #env: NodeJS.ProcessEnv | undefined;
  readonly #workers = new Set<ProcessWorker>();
  /** Processes without a job. The most recently used one is used first. */
  readonly #idle: ProcessWorker[] = [];

  constructor(options: ProcessPoolOptions = {}) {
    super(options, availableParallelism());
    const { env } = options;
    if (env !== undefined && (typeof env !== "object" || env === null)) throw new TypeError(`env must be an object, got ${describe(env)}`);
    this.#env = env;
  }

  protected override execute(packed: Packed, signal: AbortSignal | null, finish: Finish): void {
    this.#run(packed, signal).then(
      (outcome) => finish(outcome, null),
      (error: unknown) => finish(null, error),
    );
  }

  async #run(packed: Packed, signal: AbortSignal | null): Promise<Outcome> {
    const worker = this.#idle.pop() ?? this.#start();
    const kill = (): void => worker.kill();
    signal?.addEventListener("abort", kill, { once: true });
    try {
      return await worker.run({ call: packed.call, initializer: this.initializer });
    } finally {
      signal?.removeEventListener("abort", kill);
      if (worker.isAlive) this.#idle.push(worker);
    }
  }

  protected override async dispose(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.end()));
  }

  protected override brokenError(message: string, cause: unknown): BrokenProcessPool {
    return new BrokenProcessPool(message, { cause });
  }

  #start(): ProcessWorker {
    const worker = new ProcessWorker(this.#env);
    this.#workers.add(worker);
    void worker.gone.then(() => {
      this.#workers.delete(worker);
      const at = this.#idle.indexOf(worker);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    return worker;
  }
}

/** One worker process. It keeps the parent alive only while it has a job. */
class ProcessWorker {
  readonly #child: ChildProcess;
  readonly gone: Promise<void>;
  isAlive = true;
  #waiting: Waiting | null = null;
  #failure: unknown = null;

  constructor(env: NodeJS.ProcessEnv | undefined) {
    this.#child = fork(fileURLToPath(programUrl(import.meta.url, "process-worker.js")), [], {
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      execArgv: inheritedArgv(process.execArgv),
      ...(env === undefined ? {} : { env }),
    });
    this.#child.on("message", (message) => {
      const outcome = (message as Partial<ProcessReply> | null)?.uvioOutcome;
      if (outcome !== undefined) this.#settle((waiting) => waiting.resolve(outcome));
    });
    this.gone = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => {
        this.#end(this.#failure ?? new Error(signal === null ? `it exited with code ${code}` : `it was killed by ${signal}`));
        resolve();
      });
      this.#child.on("error", (error) => {
        this.#failure = error;
        if (this.#child.pid !== undefined) return; // It is running; the error is reported when it exits.
        this.#end(error);
        resolve();
      });
    });
  }

  run(message: ProcessMessage): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject, name: message.call.target.name };
      this.#ref();
      try {
        this.#child.send(message);
      } catch (error) {
        this.#settle(() => reject(unsendableArgument(message.call, error))); // A closed channel emits an event instead.
      }
    });
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async end(): Promise<void> {
    this.#ref();
    if (this.#child.connected) this.#child.disconnect();
    await this.gone;
  }

  #end(reason: unknown): void {
    this.isAlive = false;
    this.#settle(({ name, reject }) => {
      reject(new BrokenProcessPool(`the worker process that ran ${name} has ended: ${messageOf(reason)}`, { cause: reason }));
    });
  }

  #settle(settle: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    this.#child.unref();
    this.#child.channel?.unref();
    settle(waiting);
  }

  #ref(): void {
    this.#child.ref();
    this.#child.channel?.ref();
  }
}

/** Returns Node's own options of this process, without the program of --eval and without the debugger's port, which is in use. */
function inheritedArgv(argv: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    if (/^(-e|-p|-pe|--eval|--print)$/.test(argv[i]!)) i++;
    else if (!/^--(input-type|inspect|eval|print)\b/.test(argv[i]!)) kept.push(argv[i]!);
  }
  return kept;
}
