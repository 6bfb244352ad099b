/** A worker thread that runs an echo server on its own loop. It posts the port, and ends at the first message that it receives. */
import { parentPort, workerData } from "node:worker_threads";
import * as asyncio from "uvio";
import { makeLoop, type LoopKind } from "./loops.js";
import { Echo } from "./protocols.js";

const { kind } = workerData as { kind: LoopKind };

await asyncio.run(
  async () => {
    const stop = new Promise((resolve) => parentPort!.once("message", resolve));
    const server = await asyncio.getRunningLoop().createServer(() => new Echo(), "127.0.0.1", 0);
    parentPort!.postMessage(server.sockets[0]!.getsockname().port);
    await stop;
    server.close();
    await server.waitClosed();
  },
  { loopFactory: () => makeLoop(kind) },
);
