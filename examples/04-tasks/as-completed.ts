// `asCompleted` yields tasks in the order in which they finish.
import * as asyncio from "uvio";

async function job(seconds: number) {
  await asyncio.sleep(seconds);
  return seconds;
}

await asyncio.run(async () => {
  const jobs = [0.2, 0.001, 0.1].map((seconds) => () => job(seconds));
  for await (const task of asyncio.asCompleted(jobs)) console.log(task.result());
});

// prints:
//   0.001
//   0.1
//   0.2
