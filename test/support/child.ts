/** Runs a program in a child process with Node. */
import { spawn, type ChildProcess } from "node:child_process";
import { packageRoot } from "./paths.js";

export interface ChildResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface ChildOptions {
  /** Arguments for node itself. */
  nodeArgs?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Called for each line that the program prints. */
  onLine?: (line: string, child: ChildProcess) => void;
  /** Seconds after which the child is killed; the result's signal is SIGKILL then. */
  deadline?: number;
}

/** Code that ends the child when its stdin is closed, so when the parent exits: a test that is killed leaves no child behind. */
const LEASH = `process.stdin.on("close", () => process.kill(process.pid, "SIGKILL")).resume().unref();`;

/** Runs the source of an ES module, which can import "uvio". */
export function runChild(source: string, options: ChildOptions = {}): Promise<ChildResult> {
  const { nodeArgs = [], env = {}, onLine, deadline = 20 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeArgs, "--input-type=module", "--eval", `${LEASH} ${source}`], {
      cwd: packageRoot,
      env: { ...cleanEnvironment(), ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const killer = setTimeout(() => child.kill("SIGKILL"), deadline * 1000);
    let stdout = "";
    let stderr = "";
    let reported = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      for (let end = stdout.indexOf("\n", reported); end >= 0; end = stdout.indexOf("\n", reported)) {
        onLine?.(stdout.slice(reported, end), child);
        reported = end + 1;
      }
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(killer);
      resolve({ code, signal, stdout, stderr });
    });
  });
}

/** Returns the environment without the variables that the test runner sets for its own children. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  delete env["NODE_TEST_CONTEXT"];
  delete env["NODE_OPTIONS"];
  delete env["UVIO_REQUIRE_NATIVE"]; // A test that needs it passes it in `env`.
  return env;
}
