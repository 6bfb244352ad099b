/** The program of a LoopThread's worker: runs a loop until the parent sends a message. */
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import { loadFunction } from "../executors/job.js";
import { getRunningLoop } from "./event-loop-policy.js";
import { run } from "./runner.js";
import type { BaseEventLoop } from "../loop/base-event-loop.js";
import type { LoopThreadData } from "./loop-thread.js";

const { port, loopFactory } = workerData as LoopThreadData;
const stopped = new Promise((resolve) => parentPort!.once("message", resolve));

async function main(): Promise<void> {
  const factory = loopFactory === null ? undefined : ((await loadFunction(loopFactory)) as () => BaseEventLoop);
  await run(
    async () => {
      getRunningLoop().serveRemote(port as MessagePort);
      await stopped;
    },
    { loopFactory: factory },
  );
}

void main();
