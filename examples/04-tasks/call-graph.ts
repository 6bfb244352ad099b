// The call graph of a task: its call stack, and the tasks that await it. Debug mode adds the coroutines inside a task.
import * as asyncio from "uvio";

const leaf = asyncio.coroutine(function* leaf() {
  yield* asyncio.sleep(3600);
});

const branch = asyncio.coroutine(function* branch() {
  yield* leaf();
});

const trunk = asyncio.coroutine(function* trunk(task: asyncio.Task<void>) {
  yield* task;
});

await asyncio.run(
  async () => {
    const task = asyncio.createTask(branch(), { name: "branch" });
    asyncio.createTask(trunk(task), { name: "trunk" });
    await asyncio.sleep(0);
    console.log(asyncio.formatCallGraph(task));
  },
  { debug: true },
);

// prints:
//   * <Task pending name='branch'…>
//     + Call stack:
//     |   in leaf()
//     |   in branch()
//     + Awaited by:
//       * <Task pending name='trunk'…>
//         + Call stack:
//         |   in trunk()
