import { execFile } from "node:child_process";

export interface Output {
  /** The exit code; 127 when the command does not exist, 1 when it was killed. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a short command to its end and never throws: a missing tool is an answer here. */
export function run(command: string, args: string[], options: { env?: NodeJS.ProcessEnv; cwd?: string } = {}) {
  return new Promise<Output>((resolve) => {
    execFile(command, args, { timeout: 60_000, maxBuffer: 16 * 1024 * 1024, ...options }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code === "ENOENT" ? 127 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, stderr: stderr || (error?.message ?? "") });
    });
  });
}
