import { createInterface } from "node:readline";
import { Child } from "./children.js";
import { root } from "./root.js";

export interface ServerCommand {
  command: string;
  args: string[];
  env?: Record<string, string>;
}

export interface RunningServer {
  port: number;
  pid: number;
  /** How it died, if it did before stop(). */
  obituary(): string | undefined;
  stop(): Promise<void>;
}

const startMs = 20_000;

/**
 * Starts one server process and waits for its `PORT n`.
 *
 * Through a shell that raises the limit of open files (Python does not do that by itself) and then becomes the server,
 * so that the pid is the server's.
 */
export async function startServer({ command, args, env }: ServerCommand): Promise<RunningServer> {
  const viaShell = process.platform !== "win32";
  const child = viaShell
    ? new Child(
        "/bin/sh",
        ["-c", 'ulimit -n "$(ulimit -H -n)" 2>/dev/null; exec "$@"', "sh", command, ...args],
        { ...process.env, ...env },
        root,
      )
    : new Child(command, args, { ...process.env, ...env }, root);
  const lines = createInterface({ input: child.process.stdout! });
  let timer: NodeJS.Timeout | undefined;
  try {
    const port = await Promise.race([
      new Promise<number>((resolve) => {
        lines.on("line", (line) => {
          const match = /^PORT (\d+)$/.exec(line);
          if (match) resolve(Number(match[1]));
        });
      }),
      child.ended.then((how): never => {
        throw new Error(`the server did not start (${how})${child.stderr && `:\n${child.stderr}`}`);
      }),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`the server printed no "PORT n" in ${startMs / 1000} s\n${child.stderr}`)), startMs);
      }),
    ]);
    let how: string | undefined;
    void child.ended.then((text) => (how = text));
    return {
      port,
      pid: child.process.pid!,
      obituary: () => (child.running ? undefined : `the server ended (${how ?? "?"})\n${child.stderr}`.trim()),
      stop: () => child.stop(),
    };
  } catch (error) {
    await child.stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
