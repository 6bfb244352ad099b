/**
 * A worker thread that the test terminates while calls are running, in both directions. Its first message is a port by which its loop can
 * be called. It then calls the loop whose port it has received, and says so with its second message.
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
