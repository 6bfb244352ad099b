// Cancelling throws CancelledError into a coroutine at its current await: first by hand, then through a task.
import * as asyncio from "uvio";

const polite = asyncio.coroutine(function* polite() {
  try {
    for (;;) yield* asyncio.sleep(0);
  } catch (error) {
    if (!asyncio.isCancelled(error)) throw error;
    console.log("I was cancelled!");
    return 111; // Suppresses the cancellation: the task succeeds.
  }
});

async function worker() {
  try {
    await asyncio.sleep(3600);
  } catch (error) {
    if (asyncio.isCancelled(error)) console.log("cleaning up");
    throw error; // JavaScript's catch also catches cancellations: rethrow them.
  }
}

await asyncio.run(async () => {
  const coroutine = polite();
  coroutine.send();
  coroutine.send();
  console.log(coroutine.throw(new asyncio.CancelledError()));

  const task = asyncio.createTask(worker);
  await asyncio.sleep(0); // The worker starts.
  task.cancel();
  try {
    await task;
  } catch (error) {
    console.log(asyncio.isCancelled(error), task.cancelled());
  }
});

// prints:
//   I was cancelled!
//   { value: 111, done: true }
//   cleaning up
//   true true
