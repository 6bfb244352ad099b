// Another thread runs coroutines on this thread's loop: it sends requests and gets the results as messages.
import { once } from "node:events";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import * as asyncio from "uvio";

async function square(n: number) {
  await asyncio.sleep(0.001);
  return n * n;
}

if (isMainThread) {
  await asyncio.run(async () => {
    const loop = asyncio.getRunningLoop();
    const worker = new Worker(new URL(import.meta.url));
    // A listener of a Node object runs outside the loop. It starts coroutines on the loop by this call.
    worker.on("message", (question: number | string) => {
      if (typeof question === "string") console.log(question);
      else void asyncio.runCoroutineThreadsafe(() => square(question), loop).then((answer) => worker.postMessage(answer));
    });
    await asyncio.once(worker, "exit");
  });
} else {
  const answers: unknown[] = [];
  for (const question of [2, 3, 4]) {
    parentPort!.postMessage(question);
    answers.push(...(await once(parentPort!, "message")));
  }
  parentPort!.postMessage(`the thread got ${answers.join(", ")}`);
}

// prints:
//   the thread got 4, 9, 16
