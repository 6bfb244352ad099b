// A blocking read in a thread pool: the loop goes on during the read.
import { fileURLToPath } from "node:url";
import * as asyncio from "uvio";
import { ThreadPoolExecutor } from "uvio/concurrent";
import { readText } from "../support/blocking.ts";

await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const text = await loop.runInExecutor(pool, readText, fileURLToPath(import.meta.url));
  console.log(text.includes("runInExecutor"));
  await pool.shutdown();
});

// prints:
//   true
