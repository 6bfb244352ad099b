/**
 * A worker thread that is terminated in the midst of it: it has a loop that others call by the port it posts first, and calls the loop of
 * whose port it was given, which it says with its second message.
 */
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import * as asyncio from "uvio";
import { makeLoop, type LoopKind } from "../support/loops.js";
import * as jobs from "./remote-jobs.js";

const { kind, port } = workerData as { kind: LoopKind; port: MessagePort };

await asyncio.run(
  async () => {
    const served = asyncio.getRunningLoop().remote();
    parentPort!.postMessage(served, [served]);
    const remote = new asyncio.RemoteLoop(port);
    const answer = remote.runCoroutine(jobs.forever);
    parentPort!.postMessage("calling");
    await answer;
  },
  { loopFactory: () => makeLoop(kind) },
);
