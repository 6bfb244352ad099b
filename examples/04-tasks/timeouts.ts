// Deadlines: for one operation, for a whole block, with a fallback, and postponed while work progresses.
import * as asyncio from "uvio";

async function operation(seconds: number) {
  await asyncio.sleep(seconds);
  return `took ${seconds} s`;
}

async function withFallback(seconds: number, limit: number) {
  try {
    return await asyncio.waitFor(() => operation(seconds), limit);
  } catch (error) {
    if (!(error instanceof asyncio.TimeoutError)) throw error;
    return "fallback";
  }
}

await asyncio.run(async () => {
  console.log(await withFallback(0.001, 5), "|", await withFallback(5, 0.001));

  try {
    await asyncio.asyncWith(asyncio.timeout(0.3), async () => {
      console.log(await operation(0.001));
      console.log(await operation(3600));
    });
  } catch (error) {
    console.log("the block:", error instanceof asyncio.TimeoutError);
  }

  const loop = asyncio.getRunningLoop();
  const deadline = asyncio.timeout(0.05);
  await asyncio.asyncWith(deadline, async () => {
    deadline.reschedule(loop.time() + 5); // Progress was made.
    await asyncio.sleep(0.1);
  });
  console.log("expired:", deadline.expired());
});

// prints:
//   took 0.001 s | fallback
//   took 0.001 s
//   the block: true
//   expired: false
