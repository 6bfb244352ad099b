// A cancelled task cleans up and rethrows the cancellation; awaiting it then throws CancelledError.
import * as asyncio from "uvio";

async function work() {
  try {
    for (let step = 1; ; step++) {
      console.log("step", step);
      await asyncio.sleep(0); // One turn of the loop.
    }
  } catch (error) {
    if (asyncio.isCancelled(error)) console.log("cleaning up");
    throw error;
  }
}

const main = asyncio.coroutine(function* () {
  const task = asyncio.createTask(work);
  yield* asyncio.sleep(0);
  yield* asyncio.sleep(0);
  task.cancel("enough");
  try {
    yield* task;
  } catch (error) {
    if (!asyncio.isCancelled(error)) throw error;
    console.log(`cancelled: ${(error as Error).message}`);
  }
});

await asyncio.run(main());

// prints:
//   step 1
//   step 2
//   cleaning up
//   cancelled: enough
