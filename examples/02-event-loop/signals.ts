// Graceful shutdown on a signal: the handler cancels the workers, the program waits for their clean-up and ends.
import * as asyncio from "uvio";

async function worker(name: string) {
  try {
    await asyncio.sleep(3600);
  } finally {
    await asyncio.sleep(0.001);
    console.log(`${name} has cleaned up`);
  }
}

await asyncio.run(async () => {
  const workers = ["one", "two"].map((name) => asyncio.createTask(() => worker(name), { name }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    asyncio.getRunningLoop().addSignalHandler(signal, () => {
      console.log(`got ${signal}`);
      for (const task of workers) task.cancel();
    });
  }
  asyncio.getRunningLoop().callLater(0.01, () => process.kill(process.pid, "SIGTERM")); // In place of `kill` in another terminal.
  const outcomes = await asyncio.gather(...workers, { returnExceptions: true });
  console.log(outcomes.every(asyncio.isCancelled));
});

// prints:
//   got SIGTERM
//   one has cleaned up
//   two has cleaned up
//   true
