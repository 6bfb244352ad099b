/** An echo server on several threads; the argument is their number. */
import * as asyncio from "uvio";
import { chooseLoop } from "./common.js";
import { startEcho } from "./echo-in-worker.js";

chooseLoop();
await asyncio.run(async () => {
  const servers = await asyncio.serveWorkers(startEcho, { workers: Number(process.argv[2]) });
  console.log(`PORT ${servers.port}`);
  await asyncio.getRunningLoop().createFuture(); // Serves until the process is killed.
});
