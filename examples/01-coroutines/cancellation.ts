// Cancelling is throwing CancelledError into a coroutine where it waits: by hand, then as a task does it.
import * as asyncio from "uvio";

const polite = asyncio.coroutine(function* polite() {
  try {
    for (;;) yield* asyncio.sleep(0);
  } catch (error) {
    if (!asyncio.isCancelled(error)) throw error;
    console.log("I was cancelled!");
    return 111; // Swallows the cancellation: to the task this looks like success.
  }
});

async function worker() {
  try {
    await asyncio.sleep(3600);
  } catch (error) {
    if (asyncio.isCancelled(error)) console.log("cleaning up");
    throw error; // JavaScript's catch takes cancellations too: pass them on.
  }
}

await asyncio.run(async () => {
  const coroutine = polite();
  coroutine.send();
  coroutine.send();
  console.log(coroutine.throw(new asyncio.CancelledError()));

  const task = asyncio.createTask(worker);
  await asyncio.sleep(0); // The worker has begun.
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
