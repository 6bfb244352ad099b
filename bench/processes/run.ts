/**
 * Measures subprocesses beside uvloop, asyncio and node:child_process: a process's output through a pipe, data through `cat` and back, and
 * running `true` repeatedly. Each figure comes from its own process, rounds are interleaved, and ratios are taken within a round.
 *
 *   node build/js/bench/processes/run.js [MiB [spawns [rounds]]]
 */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../command.js";
import { describeMachine, machineLine } from "../machine.js";
import { root } from "../root.js";
import { findNode, findPython, probeUvio } from "../runtimes.js";
import { spread } from "../stats.js";
import type { Figures } from "./figures.js";

const [mebibytes = 512, spawns = 400, rounds = 7] = process.argv.slice(2).map(Number);
const MIB = 2 ** 20;

interface Work {
  readonly name: string;
  readonly title: string;
  readonly size: number;
  /** The figures are per unit: a MiB, or a process. */
  readonly units: number;
  readonly unit: string;
}

const works: readonly Work[] = [
  { name: "streams", title: "a process's output through a stream", size: mebibytes * MIB, units: mebibytes, unit: "MiB" },
  { name: "protocol", title: "a process's output to a protocol", size: mebibytes * MIB, units: mebibytes, unit: "MiB" },
  { name: "communicate", title: "communicate() with cat", size: (mebibytes * MIB) / 8, units: mebibytes / 8, unit: "MiB" },
  { name: "spawn", title: "spawn true and wait", size: spawns, units: spawns, unit: "process" },
];

interface Peer {
  readonly name: string;
  readonly command: string;
  readonly program: string;
  readonly env?: Readonly<Record<string, string>>;
}

const folder = path.dirname(fileURLToPath(import.meta.url));

/** Finds the peers and reports the missing ones. Others are compared with the first, which is uvloop if it is available. */
async function findPeers(): Promise<Peer[]> {
  const peers: Peer[] = [];
  const missing = (name: string, reason: string) => console.error(`${name} skipped: ${reason}`);
  for (const name of ["uvloop", "asyncio"]) {
    const python = await findPython(name === "uvloop");
    if ("missing" in python) missing(name, python.missing);
    else
      peers.push({
        name,
        command: python.path,
        program: path.join(root, "bench", "peers", "processes.py"),
        env: { UVLOOP: name === "uvloop" ? "1" : "" },
      });
  }
  const node = await findNode();
  if ("missing" in node) throw new Error(node.missing);
  peers.push({ name: "node:child_process", command: node.path, program: path.join(folder, "node.js") });
  const uvio = await probeUvio(node.path);
  if ("missing" in uvio) throw new Error(uvio.missing);
  const program = path.join(folder, "uvio.js");
  peers.push({ name: "uvio, portable loop", command: node.path, program, env: { LOOP: "node" } });
  if (uvio.native) peers.push({ name: "uvio, native loop", command: node.path, program, env: { LOOP: "uv" } });
  else missing("uvio, native loop", uvio.reason);
  return peers;
}

async function measured(peer: Peer, work: Work): Promise<Figures> {
  const { code, stdout, stderr } = await run(peer.command, [peer.program, work.name, String(work.size)], {
    cwd: root,
    env: { ...process.env, ...peer.env },
  });
  if (code !== 0) throw new Error(`${peer.name}, ${work.name}: ${stderr || `exit code ${code}`}`);
  return JSON.parse(stdout) as Figures;
}

const peers = await findPeers();
console.log(`${machineLine(await describeMachine())}\n`);
for (const work of works) {
  const figures = new Map(peers.map((peer) => [peer, [] as Figures[]]));
  for (let round = 0; round < rounds; round++) for (const peer of peers) figures.get(peer)!.push(await measured(peer, work));
  const first = figures.get(peers[0]!)!;
  console.log(
    `${work.title}: µs a ${work.unit}, median (min..max) of ${rounds}; time of ${peers[0]!.name} / its own; the parent's CPU, µs a ${work.unit}`,
  );
  for (const [peer, own] of figures) {
    const micros = (seconds: number) => (seconds * 1e6) / work.units;
    const time = spread(own.map(({ seconds }) => micros(seconds)));
    const cpu = spread(own.map(({ cpuSeconds }) => micros(cpuSeconds)));
    const ratio = spread(own.map(({ seconds }, round) => first[round]!.seconds / seconds));
    const range = `(${time.min.toFixed(0)}..${time.max.toFixed(0)})`;
    console.log(
      `  ${peer.name.padEnd(22)} ${time.median.toFixed(0).padStart(7)} ${range.padEnd(18)} ${ratio.median.toFixed(2).padStart(6)}  ${cpu.median.toFixed(0).padStart(7)}`,
    );
  }
}
