/** Finds the runtimes that the peers require. */
import { existsSync } from "node:fs";
import path from "node:path";
import { run } from "./command.js";
import { peersFolder, root, serversFolder } from "./root.js";

/** The path and version of a runtime, or the reason why it is not available. */
export type Runtime = { path: string; version: string } | { missing: string };

const bench = path.join(root, "bench");

/** Caches the results of an asynchronous function by its arguments. */
function once<A extends unknown[], T>(ask: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (...args) => {
    const key = JSON.stringify(args);
    let answer = answers.get(key);
    if (answer === undefined) answers.set(key, (answer = ask(...args)));
    return answer;
  };
}

async function nodeAt(command: string): Promise<Runtime> {
  const { code, stdout } = await run(command, ["--version"]);
  return code === 0 ? { path: command, version: stdout.trim() } : { missing: `${command} does not run` };
}

/** Finds Node. `major` selects a version of setup-peers.sh; the default is $UVIO_NODE, or the Node that runs the benchmark. */
export const findNode = once(async (major?: string): Promise<Runtime> => {
  const standard = await nodeAt(process.env.UVIO_NODE || process.execPath);
  if (major === undefined) return standard;
  const fits = (node: Runtime) => "version" in node && node.version.startsWith(`v${major}.`);
  if (fits(standard)) return standard;
  const installed = path.join(peersFolder, "node_modules", `node-${major}`, "bin", "node");
  if (!existsSync(installed)) return { missing: `no node ${major} in .cache/peers (sh bench/setup-peers.sh)` };
  const node = await nodeAt(installed);
  return fits(node) || "missing" in node ? node : { missing: `.cache/peers has node ${node.version}, not ${major}` };
});

/** Whether that Node can load the library, and its native loop. */
export const probeUvio = once(
  async (node: string): Promise<{ uvio: string; libuv: string; native: boolean; reason: string } | { missing: string }> => {
    if (!existsSync(path.join(root, "dist", "index.js"))) return { missing: "uvio is not built (npm run build)" };
    const { code, stdout, stderr } = await run(node, [path.join(serversFolder, "available.js")], { cwd: root });
    if (code !== 0) return { missing: `uvio does not load: ${stderr.trim().split("\n").slice(-6).join("\n")}` };
    return JSON.parse(stdout);
  },
);

const pythons = () => (process.env.UVIO_PYTHON ? [process.env.UVIO_PYTHON] : ["python3", "/usr/bin/python3"]);

/** Finds the interpreter for the Python peers. One with uvloop is preferred, so that asyncio and uvloop run on the same interpreter. */
export const findPython = once(async (uvloop: boolean): Promise<Runtime> => {
  for (const withUvloop of uvloop ? [true] : [true, false]) {
    for (const python of pythons()) {
      // Finds the interpreter itself, in case that the command is a wrapper script.
      const env = { ...process.env, UVLOOP: withUvloop ? "1" : "" };
      const found = await run(python, ["-c", "import sys; print(sys.executable)"]);
      const executable = found.stdout.trim();
      if (found.code !== 0 || executable === "") continue;
      const { code } = await run(executable, [path.join(bench, "peers", "asyncio_echo.py"), "--version"], { env });
      if (code !== 0) continue;
      const asked = { ...process.env, UVLOOP: uvloop ? "1" : "" };
      const version = await run(executable, [path.join(bench, "peers", "asyncio_echo.py"), "--version"], {
        env: asked,
      });
      return { path: executable, version: version.stdout.trim() };
    }
  }
  return { missing: `no ${uvloop ? "uvloop" : "CPython"} (tried ${pythons().join(", ")}; Debian: python3-uvloop)` };
});

export const findBun = once(async (): Promise<Runtime> => {
  const platform = `bun-${process.platform}-${process.arch === "arm64" ? "aarch64" : process.arch}`;
  const installed = path.join(peersFolder, "node_modules", "@oven", platform, "bin", "bun");
  for (const bun of [installed, "bun"]) {
    const { code, stdout } = await run(bun, ["--version"]);
    if (code === 0) return { path: bun, version: `bun ${stdout.trim()}` };
  }
  return { missing: "no bun in .cache/peers or on the path (sh bench/setup-peers.sh)" };
});
