// A task sets the result of a future that another task awaits. Both are futures; a task's result is that of its coroutine.
import * as asyncio from "uvio";

async function worker(future: asyncio.Future<string>) {
  await asyncio.sleep(0.001);
  future.setResult("I have finished");
  return "worker's own result";
}

await asyncio.run(async () => {
  const future = new asyncio.Future<string>();
  const task = asyncio.createTask(() => worker(future));
  console.log(future.done(), task.done());
  console.log(await future);
  console.log(await task);
  console.log(asyncio.isFuture(task), task instanceof asyncio.Future);
});

// prints:
//   false false
//   I have finished
//   worker's own result
//   true true
