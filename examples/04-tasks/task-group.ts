// A TaskGroup waits for its tasks. If one fails, it cancels the others and throws all errors together as an ExceptionGroup.
import * as asyncio from "uvio";

async function works(seconds: number) {
  await asyncio.sleep(seconds);
  return seconds;
}

async function fails() {
  await asyncio.sleep(0.001);
  throw new asyncio.ValueError("bad value");
}

async function waits() {
  try {
    await asyncio.sleep(3600);
  } finally {
    console.log("a sibling is cancelled");
  }
}

await asyncio.run(async () => {
  const tasks = await asyncio.asyncWith(new asyncio.TaskGroup(), async (group) =>
    [0.002, 0.001].map((seconds) => group.createTask(() => works(seconds))),
  );
  console.log(tasks.map((task) => task.result()));

  try {
    await asyncio.asyncWith(new asyncio.TaskGroup(), async (group) => {
      group.createTask(waits);
      group.createTask(fails);
    });
  } catch (error) {
    if (!(error instanceof asyncio.ExceptionGroup)) throw error;
    const [valueErrors, rest] = error.split((one) => one instanceof asyncio.ValueError); // except* ValueError
    console.log(valueErrors?.exceptions.map(String), rest);
  }
});

// prints:
//   [ 0.002, 0.001 ]
//   a sibling is cancelled
//   [ 'ValueError: bad value' ] null
