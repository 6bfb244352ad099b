/** Runs a program in a Node process of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { packageRoot } from "./paths.js";

export interface ChildResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface ChildOptions {
  /** For node itself, before the program. */
  nodeArgs?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Called when the program has printed a line. */
  onLine?: (line: string, child: ChildProcess) => void;
  /** After this many seconds the child is killed; its result then has the signal SIGKILL. */
  deadline?: number;
}

/** Ends the child when its parent does, which has the other end of its input: a test that is killed leaves no child behind. */
const LEASH = `process.stdin.on("close", () => process.kill(process.pid, "SIGKILL")).resume().unref();`;

/** Runs the source of an ES module, in which "uvio" can be imported. */
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

/** Without what the test runner tells its own children. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  delete env["NODE_TEST_CONTEXT"];
  delete env["NODE_OPTIONS"];
  delete env["UVIO_REQUIRE_NATIVE"]; // A test that wants it says so.
  return env;
}
