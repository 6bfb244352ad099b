// `shield` allows a wait to be cancelled while the work goes on.
import * as asyncio from "uvio";

async function commit() {
  await asyncio.sleep(0.2);
  return "committed";
}

await asyncio.run(async () => {
  const task = asyncio.createTask(commit);
  try {
    await asyncio.waitFor(asyncio.shield(task), 0.001);
  } catch (error) {
    console.log("impatient:", error instanceof asyncio.TimeoutError);
  }
  console.log(task.done(), await task);
});

// prints:
//   impatient: true
//   false committed
