/** Runs short commands. */
import { execFile } from "node:child_process";

export interface Output {
  /** The exit code; 127 if the command does not exist, 1 if it was killed. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a short command to its end. Never throws: a missing tool is reported by the exit code. */
export function run(command: string, args: string[], options: { env?: NodeJS.ProcessEnv; cwd?: string } = {}) {
  return new Promise<Output>((resolve) => {
    execFile(command, args, { timeout: 60_000, maxBuffer: 16 * 1024 * 1024, ...options }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code === "ENOENT" ? 127 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, stderr: stderr || (error?.message ?? "") });
    });
  });
}
