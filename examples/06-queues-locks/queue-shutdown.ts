// Shutting a queue down ends its consumers: as in Python by QueueShutDown, and here also by ending their `for await` loop.
import * as asyncio from "uvio";

async function consumer(queue: asyncio.Queue<number>) {
  let sum = 0;
  for await (const n of queue) sum += n; // Ends when the queue is shut down and empty.
  return sum;
}

const worker = asyncio.coroutine(function* (queue: asyncio.Queue<number>) {
  let sum = 0;
  try {
    for (;;) sum += yield* queue.get();
  } catch (error) {
    if (!(error instanceof asyncio.QueueShutDown)) throw error;
    return sum;
  }
});

await asyncio.run(async () => {
  const queue = new asyncio.Queue<number>();
  const tasks = [asyncio.createTask(() => consumer(queue)), asyncio.createTask(worker(queue))];
  for (const n of [1, 2, 3, 4]) await queue.put(n);
  queue.shutdown();
  const sums = await asyncio.gather(...tasks);
  console.log(sums.reduce((a, b) => a + b));
});

// prints:
//   10
