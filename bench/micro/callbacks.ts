/** Workloads for callbacks and timers. */
import * as asyncio from "uvio";
import type { Workload } from "./workload.js";

// Callbacks have no spelling. A generator coroutine drives each workload, so that no async function becomes a task and only callbacks are
// measured.

const batch = 1000;
const rounds = 100;

function nothing(): void {}

function setResult(future: asyncio.Future<void>): void {
  future.setResult(undefined);
}

/** Batches of callbacks, as if many connections became ready together. */
const callSoon = asyncio.coroutine(function* () {
  const loop = asyncio.getRunningLoop();
  for (let round = 0; round < rounds; round++) {
    const done = loop.createFuture<void>();
    for (let i = 1; i < batch; i++) loop.callSoon(nothing);
    loop.callSoon(setResult, done);
    yield* done;
  }
});

/** Each callback schedules the next one: one turn of the loop per operation. */
const callSoonChain = asyncio.coroutine(function* () {
  const loop = asyncio.getRunningLoop();
  const done = loop.createFuture<void>();
  let left = batch * rounds;
  const next = (): void => {
    if (--left === 0) done.setResult(undefined);
    else loop.callSoon(next);
  };
  loop.callSoon(next);
  yield* done;
});

/** Timeouts that never fire. A turn of the loop after each batch lets the loop drop the cancelled ones. */
const callLaterCancel = asyncio.coroutine(function* () {
  const loop = asyncio.getRunningLoop();
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < batch; i++) loop.callLater(60, nothing).cancel();
    yield* asyncio.sleep(0);
  }
});

export const callbacks: Workload[] = [
  { name: "callSoon", operations: batch * rounds, main: () => callSoon() },
  { name: "callSoon, chained", operations: batch * rounds, main: () => callSoonChain() },
  { name: "callLater + cancel", operations: batch * rounds, main: () => callLaterCancel() },
];
