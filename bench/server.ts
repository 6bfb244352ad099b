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
  /** Where it listens, as the load generator is told. */
  address: ["--port" | "--unix", string];
  pid: number;
  /** How it died, if it did before stop(). */
  obituary(): string | undefined;
  stop(): Promise<void>;
}

const startMs = 20_000;

/**
 * Starts one server process and waits for its `PORT n` or `PATH p`. SOCKET_PATH in its environment is where it may have a Unix socket, in
 * a folder that goes with it.
 *
 * Through a shell that raises the limit of open files (Python does not do that by itself) and then becomes the server,
 * so that the pid is the server's.
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
          () => reject(new Error(`the server printed no "PORT n" or "PATH p" in ${startMs / 1000} s\n${child.stderr}`)),
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
