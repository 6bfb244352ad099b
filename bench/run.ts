// The benchmark: runs each scenario with each peer, in interleaved rounds. Prints Markdown on stdout and progress on stderr, and writes all
// measurements to bench/results/*.json.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import "./children.js";
import { findLoadGenerator } from "./load.js";
import { describeMachine, machineLine } from "./machine.js";
import { readOptions, usage, type Options } from "./options.js";
import { findPeer, runsOnNode, type Peer } from "./peers.js";
import { markdown, type Outcome } from "./report.js";
import { root } from "./root.js";
import { scenarios, type Scenario } from "./scenarios.js";
import { sweepMarkdown, sweepsOf } from "./sweep.js";
import { runTrial, type Trial } from "./trial.js";

/** Pause between trials, until the sockets of the previous one are closed. */
const settleMs = 300;

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** `fairness` names all of `fairness-*`, `size-sweep` all of `size-sweep-*`. */
function isNamed(scenario: Scenario, name: string): boolean {
  return scenario.name === name || scenario.name.startsWith(`${name}-`);
}

/** Sweeps take as long as everything else, and only their names select them. */
function isSweep(scenario: Scenario): boolean {
  return scenario.kind === "load" && scenario.sweep !== undefined;
}

function pickScenarios({ scenarios: names, quick }: Options): Scenario[] {
  for (const name of names) {
    if (!scenarios.some((scenario) => isNamed(scenario, name))) {
      throw new Error(`unknown scenario "${name}"; expected one of ${scenarios.map((scenario) => scenario.name).join(", ")}`);
    }
  }
  if (names.length > 0) return scenarios.filter((scenario) => names.some((name) => isNamed(scenario, name)));
  return scenarios.filter((scenario) => (quick ? scenario.quick !== undefined : !isSweep(scenario)));
}

function pickPeers(scenario: Scenario, { peers, nodes, quick }: Options): string[] {
  const all = quick && peers.length === 0 ? (scenario.quick ?? scenario.peers) : scenario.peers;
  const wanted = all.filter(
    (id) => peers.length === 0 || peers.some((text) => (scenario.peers.includes(text) ? id === text : id.includes(text))),
  );
  return wanted.flatMap((id) => (nodes.length > 0 && runsOnNode(id) ? nodes.map((major) => `${id}@${major}`) : [id]));
}

function describe(trial: Trial): string {
  if (trial.error !== undefined) return `FAILED: ${trial.error}`;
  if (trial.idle !== undefined) return `${trial.idle.bytesPerConnection.toFixed(0)} bytes per connection`;
  if (trial.fairness !== undefined) {
    const { p50, p99, unanswered, floodMBps } = trial.fairness;
    return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${unanswered} unanswered, flood ${floodMBps.toFixed(0)} MB/s`;
  }
  const { rps, server } = trial.load!;
  return `${Math.round(rps)}/s${server ? `, ${server.cpuMicrosPerMessage.toFixed(2)} µs CPU each` : ""}`;
}

async function runScenario(
  scenario: Scenario,
  options: Options,
  generator: Awaited<ReturnType<typeof findLoadGenerator>>,
): Promise<Outcome> {
  const peers: Peer[] = [];
  for (const id of pickPeers(scenario, options)) {
    const peer = await findPeer(id);
    // The JavaScript generator does not support the idle mode: it would measure its own memory.
    const unable = scenario.kind === "idle" && generator.reason !== undefined;
    peers.push(unable ? { id, skipped: `requires load.c: ${generator.reason}` } : peer);
  }
  const trials: Trial[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    for (const peer of peers) {
      if ("skipped" in peer) {
        if (round === 1) progress(`${scenario.name} skipped: ${peer.id}: ${peer.skipped}`);
        continue;
      }
      const trial = await runTrial(scenario, peer, round, generator.generator, options);
      trials.push(trial);
      progress(`${scenario.name} ${round}/${options.rounds} ${peer.id}: ${describe(trial)}`);
      await delay(settleMs);
    }
  }
  return { scenario, peers, trials };
}

async function listPeers(options: Options): Promise<void> {
  for (const scenario of pickScenarios(options)) {
    console.log(`${scenario.name}: ${scenario.title}`);
    for (const id of pickPeers(scenario, options)) {
      const peer = await findPeer(id);
      console.log(`  ${id}: ${"skipped" in peer ? `skipped: ${peer.skipped}` : peer.version}`);
    }
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") {
    console.log(usage);
    return 0;
  }
  if (options.list) {
    await listPeers(options);
    return 0;
  }
  const chosen = pickScenarios(options);
  const machine = await describeMachine();
  const generator = await findLoadGenerator();
  if (generator.reason) progress(`load generator in JavaScript, because: ${generator.reason}`);
  console.log(`${machineLine(machine)}\n`);
  if (options.quick) console.log("QUICK: few, short trials. A first picture; small differences mean nothing in it.\n");
  console.log(`${options.rounds} rounds of ${options.duration} s, medians (min..max); load by ${generator.generator.name}\n`);

  const folder = path.join(root, "bench", "results");
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${machine.date.replace(/[:.]/g, "-")}.json`);
  const outcomes: Outcome[] = [];
  for (const scenario of chosen) {
    const outcome = await runScenario(scenario, options, generator);
    outcomes.push(outcome);
    console.log(markdown(outcome));
    // Written after each scenario, so that an interrupted run keeps its results.
    writeFileSync(file, `${JSON.stringify({ machine, options, outcomes }, null, 2)}\n`);
  }
  for (const name of sweepsOf(outcomes)) console.log(sweepMarkdown(name, outcomes));
  progress(`results: ${path.relative(process.cwd(), file)}`);
  const trials = outcomes.flatMap((outcome) => outcome.trials);
  if (trials.length === 0) progress("nothing was measured: all selected peers are missing");
  return trials.length > 0 && trials.every((trial) => trial.error === undefined) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  progress(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
