/**
 * Measures the round trip of a job to another thread: with piscina directly, with ThreadPoolExecutor, and with ThreadPoolExecutor below a
 * task of each loop. One job at a time shows the latency, 64 at a time the cost in a busy pool. `node build/js/bench/executors/run.js
 * [rounds]`. Ratios are relative to piscina in the same round; the medians of all rounds are printed.
 */
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";
import { ThreadPoolExecutor } from "uvio/concurrent";
import { increment } from "./work.js";

const JOBS = 4000;
const rounds = Number(process.argv[2] ?? 7);
const filename = fileURLToPath(new URL("./work.js", import.meta.url));

const piscina = new Piscina({ filename, name: "increment", minThreads: 1, maxThreads: 1, idleTimeout: Infinity, recordTiming: false });
const executor = new ThreadPoolExecutor({ maxWorkers: 1 });

type Call = (x: number) => PromiseLike<number>;

/** Returns microseconds per job, with `width` jobs running concurrently. */
async function measure(call: Call, width: number): Promise<number> {
  const begin = performance.now();
  for (let i = 0; i < JOBS; i += width) {
    const results = await Promise.all(Array.from({ length: width }, (_, j) => call(i + j)));
    if (results[0] !== i + 1) throw new Error(`${results[0]} is not ${i + 1}`);
  }
  return ((performance.now() - begin) * 1000) / JOBS;
}

function onLoop(loopFactory: () => asyncio.BaseEventLoop): (width: number) => Promise<number> {
  return (width) =>
    asyncio.run(
      () => {
        const loop = asyncio.getRunningLoop();
        return measure((x) => loop.runInExecutor(executor, increment, x), width);
      },
      { loopFactory },
    );
}

const ways: Readonly<Record<string, (width: number) => Promise<number>>> = {
  piscina: (width) => measure((x) => piscina.run(x) as Promise<number>, width),
  "executor.submit": (width) => measure((x) => executor.submit(increment, x), width),
  "runInExecutor, portable loop": onLoop(() => new asyncio.NodeEventLoop()),
  ...(uvloop.isAvailable() ? { "runInExecutor, native loop": onLoop(() => uvloop.newEventLoop()) } : {}),
};

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

for (const width of [1, 64]) {
  const times: Record<string, number[]> = {};
  for (let round = -1; round < rounds; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const time = await way(width);
      if (round >= 0) (times[name] ??= []).push(time); // The first round warms up.
    }
  }
  console.log(`${width} at a time, µs a job (Node ${process.versions.node}, piscina ${Piscina.version})`);
  for (const [name, own] of Object.entries(times)) {
    const ratio = median(own.map((time, round) => time / times["piscina"]![round]!));
    console.log(`  ${name.padEnd(30)} ${median(own).toFixed(1).padStart(7)}  ${ratio.toFixed(2)}`);
  }
}
await executor.shutdown();
await piscina.destroy();
