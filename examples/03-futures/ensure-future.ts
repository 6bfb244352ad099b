// `ensureFuture` accepts every awaitable. To start a coroutine use `createTask`, which says so.
import * as asyncio from "uvio";

async function work() {
  await asyncio.sleep(0.001);
  return "done";
}

await asyncio.run(async () => {
  const future = asyncio.ensureFuture(work);
  console.log(future instanceof asyncio.Task, asyncio.ensureFuture(future) === future);

  const task = asyncio.createTask(work, { name: "worker" });
  console.log(task.getName(), await task, await future);

  try {
    // @ts-expect-error A promise has already started.
    asyncio.createTask(work());
  } catch (error) {
    console.log(error instanceof TypeError);
  }
});

// prints:
//   true true
//   worker done done
//   true
