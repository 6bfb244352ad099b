import { existsSync } from "node:fs";
import path from "node:path";
import { run } from "./command.js";
import { peersFolder, root, serversFolder } from "./root.js";

/** Something a peer needs: where it is and what it says it is, or why it is not to be had. */
export type Runtime = { path: string; version: string } | { missing: string };

const bench = path.join(root, "bench");

/** Each question is asked once per run. */
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

/** The node under test. `major` picks one of setup-peers.sh's; without it $UVIO_NODE, or the one running this. */
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

/** Can that node load the library, and its native loop? */
export const probeUvio = once(
  async (node: string): Promise<{ uvio: string; libuv: string; native: boolean; reason: string } | { missing: string }> => {
    if (!existsSync(path.join(root, "dist", "index.js"))) return { missing: "uvio is not built (npm run build)" };
    const { code, stdout, stderr } = await run(node, [path.join(serversFolder, "available.js")], { cwd: root });
    if (code !== 0) return { missing: `uvio does not load: ${stderr.trim().split("\n").slice(-6).join("\n")}` };
    return JSON.parse(stdout);
  },
);

const pythons = () => (process.env.UVIO_PYTHON ? [process.env.UVIO_PYTHON] : ["python3", "/usr/bin/python3"]);

/**
 * The interpreter for the Python peers: the first that has uvloop, so that asyncio and uvloop run on the same one;
 * for asyncio alone any will do.
 */
export const findPython = once(async (uvloop: boolean): Promise<Runtime> => {
  for (const withUvloop of uvloop ? [true] : [true, false]) {
    for (const python of pythons()) {
      // The interpreter itself, not a wrapper script that starts it.
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
