/** Starts and stops server processes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { Child } from "./children.js";
import { root } from "./root.js";

export interface ServerCommand {
  command: string;
  args: string[];
  env?: Record<string, string>;
}

export interface RunningServer {
  /** The address that it listens on, as arguments of the load generator. */
  address: ["--port" | "--unix", string];
  pid: number;
  /** Describes the end of the process, if it ended before stop(). */
  obituary(): string | undefined;
  stop(): Promise<void>;
}

const startMs = 20_000;

/**
 * Starts a server process and waits for its `PORT n` or `PATH p`. A Unix server binds its socket to SOCKET_PATH in its environment, in a
 * folder that is removed with the server.
 *
 * A shell raises the limit of open files, because Python does not, and is then replaced by the server. The pid is therefore the server's.
 */
export async function startServer({ command, args, env }: ServerCommand): Promise<RunningServer> {
  const folder = mkdtempSync(path.join(tmpdir(), "uvio-bench-"));
  const environment = { ...process.env, ...env, SOCKET_PATH: path.join(folder, "socket") };
  const viaShell = process.platform !== "win32";
  const child = viaShell
    ? new Child("/bin/sh", ["-c", 'ulimit -n "$(ulimit -H -n)" 2>/dev/null; exec "$@"', "sh", command, ...args], environment, root)
    : new Child(command, args, environment, root);
  const stop = async (): Promise<void> => {
    await child.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const lines = createInterface({ input: child.process.stdout! });
  let timer: NodeJS.Timeout | undefined;
  try {
    const address = await Promise.race([
      new Promise<RunningServer["address"]>((resolve) => {
        lines.on("line", (line) => {
          const match = /^(PORT \d+|PATH .+)$/.exec(line);
          if (match) resolve([line.startsWith("PORT") ? "--port" : "--unix", line.slice("PORT ".length)]);
        });
      }),
      child.ended.then((how): never => {
        throw new Error(`the server did not start (${how})${child.stderr && `:\n${child.stderr}`}`);
      }),
      new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`the server did not print "PORT n" or "PATH p" within ${startMs / 1000} s\n${child.stderr}`)),
          startMs,
        );
      }),
    ]);
    let how: string | undefined;
    void child.ended.then((text) => (how = text));
    return {
      address,
      pid: child.process.pid!,
      obituary: () => (child.running ? undefined : `the server ended (${how ?? "?"})\n${child.stderr}`.trim()),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
