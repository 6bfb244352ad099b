// An error is thrown where its task is awaited. The loop's exception handler gets the error of a task that is never awaited.
import * as asyncio from "uvio";

async function fails(message: string): Promise<never> {
  await asyncio.sleep(0.001);
  throw new asyncio.ValueError(message);
}

await asyncio.run(async () => {
  const task = asyncio.createTask(() => fails("awaited"));
  try {
    await task;
  } catch (error) {
    console.log("caught:", String(error));
  }
  console.log("kept:", String(task.exception()));

  asyncio.getRunningLoop().setExceptionHandler((_loop, { message, exception }) => console.log(`${message}: ${String(exception)}`));
  asyncio.getRunningLoop().callSoon(() => {
    throw new Error("in a callback");
  });
  await asyncio.sleep(0.001);
});

// prints:
//   caught: ValueError: awaited
//   kept: ValueError: awaited
//   …: Error: in a callback
