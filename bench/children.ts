/** Child processes of the benchmark, which are killed when it ends. */
import { spawn, type ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { Duplex } from "node:stream";

/** The running child processes. None of them outlives the benchmark, even if it is interrupted. */
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

/** A child process with piped stdio, and one more pipe in both directions at descriptor 3. It keeps the end of its stderr. */
export class Child {
  readonly process: ChildProcess;
  /** Resolves when the process has ended and its pipes are drained, to a description of its end. Never rejects. */
  readonly ended: Promise<string>;
  exitCode: number | null = null;
  running = true;
  #stderr = "";

  constructor(command: string, args: string[], env: NodeJS.ProcessEnv, cwd: string) {
    this.process = spawn(command, args, { stdio: ["pipe", "pipe", "pipe", "pipe"], env, cwd });
    alive.add(this.process);
    // The stdin of a child that has exited emits an error. `ended` reports the reason.
    this.process.stdin?.on("error", () => {});
    this.channel?.on("error", () => {});
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

  /** The pipe at descriptor 3 of the child. */
  get channel(): Duplex {
    return this.process.stdio[3] as Duplex;
  }

  /** The last output on stderr, for error messages. */
  get stderr(): string {
    return this.#stderr.trim();
  }

  /** Ends the process with SIGTERM, and with SIGKILL if it does not exit in time. */
  async stop(): Promise<void> {
    if (this.running) {
      this.process.kill("SIGTERM");
      const timer = setTimeout(() => this.process.kill("SIGKILL"), patienceMs);
      await this.ended;
      clearTimeout(timer);
    }
  }
}
