import { spawn, type ChildProcess } from "node:child_process";
import { constants } from "node:os";

/** Every process started and not yet ended. Nothing outlives the benchmark, interrupted or not. */
const alive = new Set<ChildProcess>();

function killAll(): void {
  for (const child of alive) child.kill("SIGKILL");
}

process.on("exit", killAll);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    killAll();
    process.exit(128 + constants.signals[signal]);
  });
}

const stderrKept = 4000;
const patienceMs = 2000;

/** A child process with piped stdio, the tail of its stderr, and a promise of its end. */
export class Child {
  readonly process: ChildProcess;
  /** Settles when the process has ended and its pipes are drained; says how it ended. Never rejects. */
  readonly ended: Promise<string>;
  exitCode: number | null = null;
  running = true;
  #stderr = "";

  constructor(command: string, args: string[], env: NodeJS.ProcessEnv, cwd: string) {
    this.process = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env, cwd });
    alive.add(this.process);
    // A child that has ended breaks its stdin; how it ended is told by `ended`.
    this.process.stdin?.on("error", () => {});
    this.process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrKept);
    });
    this.ended = new Promise((resolve) => {
      const finish = (how: string) => {
        this.running = false;
        alive.delete(this.process);
        resolve(how);
      };
      this.process.on("error", (error) => finish(error.message));
      this.process.on("close", (code, signal) => {
        this.exitCode = code;
        finish(signal === null ? `exit code ${code}` : `ended by ${signal}`);
      });
    });
  }

  /** What it last wrote to stderr, for error messages. */
  get stderr(): string {
    return this.#stderr.trim();
  }

  /** Ends it by its pid: politely, then not. */
  async stop(): Promise<void> {
    if (this.running) {
      this.process.kill("SIGTERM");
      const timer = setTimeout(() => this.process.kill("SIGKILL"), patienceMs);
      await this.ended;
      clearTimeout(timer);
    }
  }
}
