// Tasks that have not finished when the main coroutine returns: `run` cancels them and waits for their clean-up.
import * as asyncio from "uvio";

async function background() {
  try {
    await asyncio.sleep(3600);
  } catch (error) {
    console.log("cancelled:", asyncio.isCancelled(error));
    await asyncio.sleep(0.001);
    console.log("cleaned up");
    throw error;
  }
}

await asyncio.run(async () => {
  asyncio.createTask(background);
  await asyncio.sleep(0);
  console.log("main returns");
});
console.log("closed");

// prints:
//   main returns
//   cancelled: true
//   cleaned up
//   closed
