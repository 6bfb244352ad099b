// Threads for blocking calls, processes for work that must be isolated: both kinds of pools, and `map` on one of them.
import * as asyncio from "uvio";
import { ProcessPoolExecutor } from "uvio/concurrent";
import { block, countPrimes } from "../support/blocking.ts";

await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const processes = new ProcessPoolExecutor({ maxWorkers: 2 });
  const [blocked, primes] = await asyncio.gather(
    loop.runInExecutor(null, block, 0.01),
    loop.runInExecutor(processes, countPrimes, 100_000),
  );
  console.log(blocked, primes);
  for await (const count of processes.map(countPrimes, [10, 100, 1000])) console.log(count);
  await processes.shutdown();
});

// prints:
//   blocked for 0.01 s 9592
//   4
//   25
//   168
