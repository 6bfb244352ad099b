/** Finds the servers to measure. */
import path from "node:path";
import { buildNative } from "./build.js";
import { certificateFile } from "./certificate.js";
import { run } from "./command.js";
import { root, serversFolder } from "./root.js";
import { findBun, findNode, findPython, probeUvio } from "./runtimes.js";
import type { ServerCommand } from "./server.js";

/** A server that can be measured, or the reason why it is skipped. */
export type Peer = { id: string } & ({ version: string; server: ServerCommand } | { skipped: string });

const peersSource = path.join(root, "bench", "peers");

type Prepared = { version: string; server: ServerCommand } | { skipped: string };

/** Whether the peer runs on Node. Such peers are measured once per version given with --nodes. */
export function runsOnNode(id: string): boolean {
  return id.startsWith("uvio-") || id.startsWith("node-");
}

async function cOnLibuv(mode: string): Promise<Prepared> {
  const built = await buildNative("echo-uv");
  if ("missing" in built) return { skipped: built.missing };
  const { stdout } = await run(built.path, ["--version"]);
  return { version: `libuv ${stdout.trim()}`, server: { command: built.path, args: [mode] } };
}

/** A number after the server's name is its argument. */
async function onUvio(loop: string, name: string, major?: string): Promise<Prepared> {
  const [, server, argument] = /^(.*?)(?:-(\d+))?$/.exec(name)!;
  const node = await findNode(major);
  if ("missing" in node) return { skipped: node.missing };
  const uvio = await probeUvio(node.path);
  if ("missing" in uvio) return { skipped: uvio.missing };
  if (loop === "uv" && !uvio.native) return { skipped: uvio.reason };
  return {
    version: `uvio ${uvio.uvio}, node ${node.version}${loop === "uv" ? `, libuv ${uvio.libuv}` : ""}`,
    server: {
      command: node.path,
      args: [path.join(serversFolder, `uvio-${server}.js`), ...(argument ? [argument] : [])],
      env: { LOOP: loop },
    },
  };
}

async function onNodeNet(style: string, major?: string): Promise<Prepared> {
  const node = await findNode(major);
  if ("missing" in node) return { skipped: node.missing };
  const args = [path.join(peersSource, "node-net.mjs"), style];
  return { version: `node ${node.version}`, server: { command: node.path, args } };
}

async function onPython(uvloop: boolean, style: string): Promise<Prepared> {
  const python = await findPython(uvloop);
  if ("missing" in python) return { skipped: python.missing };
  const args = [path.join(peersSource, "asyncio_echo.py"), style];
  return { version: python.version, server: { command: python.path, args, env: { UVLOOP: uvloop ? "1" : "" } } };
}

async function onBun(): Promise<Prepared> {
  const bun = await findBun();
  if ("missing" in bun) return { skipped: bun.missing };
  return { version: bun.version, server: { command: bun.path, args: [path.join(peersSource, "bun-echo.ts")] } };
}

async function prepare(name: string, major?: string): Promise<Prepared> {
  const [runtime, ...rest] = name.split("-") as [string, ...string[]];
  switch (runtime) {
    case "c":
      return cOnLibuv(rest[1] ?? "tcp");
    case "uvio":
      return onUvio(rest[0]!, rest.slice(1).join("-"), major);
    case "node":
      return onNodeNet(rest[1] ?? "protocol", major);
    case "uvloop":
    case "asyncio":
      return onPython(runtime === "uvloop", rest.join("-"));
    case "bun":
      return onBun();
    default:
      throw new Error(`unknown peer ${name}`);
  }
}

/** Finds a peer by its id: a name from scenarios.ts, with @MAJOR for another version of Node. */
export async function findPeer(id: string): Promise<Peer> {
  const [name, major] = id.split("@") as [string, string?];
  const prepared = await prepare(name, major);
  if ("skipped" in prepared || !name.includes("-tls")) return { id, ...prepared };
  const certificate = await certificateFile();
  if ("missing" in certificate) return { id, skipped: certificate.missing };
  const { server, version } = prepared;
  return { id, version, server: { ...server, env: { ...server.env, TLS_PEM: certificate.path } } };
}
