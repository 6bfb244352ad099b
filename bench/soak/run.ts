// npm run soak -- [--minutes 10] [--loop native|portable] [--rate 400]: hours in minutes. Connections of every kind come and go, loops are
// opened and closed under them, and nothing may be left. Prints the curve, writes it as CSV, and ends with exit code 1 if it is not flat.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { Child } from "../children.js";
import { root } from "../root.js";
import { findings, mib, type Sample } from "./verdict.js";

/** Loops that a soak opens and closes, whatever its length; on a busy machine a few less. */
const LOOPS = 60;
/** Between two loops, until the closed one is gone. */
const PAUSE_SECONDS = 0.1;
const ROWS = 20;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    loop: { type: "string" },
    rate: { type: "string", default: "400" },
  },
});
const minutes = positive("minutes", values.minutes);
const rate = positive("rate", values.rate);
if (values.loop !== undefined && values.loop !== "native" && values.loop !== "portable")
  throw new Error(`--loop must be native or portable, got "${values.loop}"`);
if (process.platform !== "linux") throw new Error("the soak counts descriptors in /proc, which is Linux's");

const seconds = minutes * 60;
/** The first minute of a long soak, the first quarter of a short one: code becomes hot, memory is shaped. */
const warmup = Math.min(60, seconds / 4);

for (const kind of values.loop === undefined ? ["native", "portable"] : [values.loop]) {
  const { samples, opened, failures } = await soak(kind);
  const found = [...failures, ...findings(samples, warmup)];
  report(kind, samples, opened);
  for (const finding of found) console.log(`NOT FLAT: ${finding}`);
  if (found.length > 0) process.exitCode = 1;
  else console.log(`${kind}: flat`);
}

async function soak(kind: string): Promise<{ samples: Sample[]; opened: number; failures: string[] }> {
  const folder = path.join(root, "build", "js", "bench", "soak");
  const start = (file: string, args: string[]): Child =>
    new Child(process.execPath, ["--expose-gc", path.join(folder, file), ...args], process.env, root);
  const clients = start("clients.js", [String(rate)]);
  const server = start("serve.js", [kind, String(Math.max(0.2, seconds / LOOPS - PAUSE_SECONDS))]);
  const samples: Sample[] = [];
  let opened = 0;
  createInterface(server.process.stdout!).on("line", (line) => {
    const message = JSON.parse(line) as { ports: number[] } | { sample: Sample };
    if ("ports" in message) clients.process.stdin!.write(`${JSON.stringify(message.ports)}\n`);
    else samples.push(message.sample);
  });
  createInterface(clients.process.stdout!).on("line", (line) => (opened = Number(line)));
  const ends: string[] = [];
  const early = Promise.race([server, clients].map(async (child) => ends.push(`${await child.ended}: ${child.stderr}`)));
  const timer = new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  await Promise.race([timer, early]);
  const failures = ends.map((end) => `a process has ended too early, ${end}`);
  server.process.stdin!.end();
  if (server.running) await server.ended; // With its last loop, which still has its clients.
  clients.process.stdin!.end();
  if (clients.running) await clients.ended;
  for (const [name, child] of Object.entries({ server, clients })) {
    if (failures.length === 0 && child.exitCode !== 0) failures.push(`the ${name}'s process: ${await child.ended}: ${child.stderr}`);
  }
  return { samples, opened, failures };
}

/** Prints about ROWS of the samples, and writes all of them. */
function report(kind: string, samples: readonly Sample[], opened: number): void {
  const folder = path.join(root, "bench", "results");
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `soak-${kind}.csv`);
  const names = ["seconds", "quiet", "descriptors", "handles", "rss", "heap", "accepted", "loops"] as const;
  writeFileSync(file, [names.join(","), ...samples.map((one) => names.map((name) => String(one[name])).join(","))].join("\n") + "\n");
  console.log(`\n${kind} loop, ${minutes} minutes: ${opened} connections opened, ${samples.at(-1)?.accepted ?? 0} accepted; ${file}\n`);
  console.log("| s | loops closed | descriptors | handles | RSS MiB | heap MiB | accepted |\n|---|---|---|---|---|---|---|");
  const quiet = samples.filter((one) => one.quiet);
  const step = Math.max(1, Math.floor(quiet.length / ROWS));
  for (const [i, one] of quiet.entries()) {
    if (i % step !== 0 && i !== quiet.length - 1) continue;
    const cells = [one.seconds.toFixed(0), one.loops, one.descriptors, one.handles, mib(one.rss), mib(one.heap), one.accepted];
    console.log(`| ${cells.join(" | ")} |`);
  }
  const most = Math.max(...samples.filter((one) => !one.quiet).map(({ descriptors }) => descriptors));
  console.log(`\nEach row is of a moment when a loop was just closed. Under load there were up to ${most} descriptors.`);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a positive number, got "${text}"`);
  return value;
}
