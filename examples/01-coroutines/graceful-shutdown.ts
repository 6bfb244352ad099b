// Shutting down by hand, as `run` does it at its end: collect the tasks, cancel them, and wait for their clean-up.
import * as asyncio from "uvio";

async function worker(name: string) {
  try {
    console.log(`${name} works`);
    await asyncio.sleep(3600);
  } catch (error) {
    if (!asyncio.isCancelled(error)) throw error;
    console.log(`${name} cleans up`);
    await asyncio.sleep(0.01); // With `createTask(flush)` the shutdown would not wait for it.
    console.log(`${name} cleaned up`);
    throw error;
  }
}

async function shutdown() {
  const pending = [...asyncio.allTasks()].filter((task) => task !== asyncio.currentTask());
  for (const task of pending) task.cancel();
  const outcomes = await asyncio.gather(...pending, { returnExceptions: true });
  console.log(`all ${outcomes.length} ended: ${outcomes.map((outcome) => (outcome as Error).name).join(", ")}`);
}

await asyncio.run(async () => {
  asyncio.createTask(() => worker("one"));
  asyncio.createTask(() => worker("two"));
  await asyncio.sleep(0);
  await shutdown();
});

// prints:
//   one works
//   two works
//   one cleans up
//   two cleans up
//   one cleaned up
//   two cleaned up
//   all 2 ended: CancelledError, CancelledError
