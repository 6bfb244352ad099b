// Producers and consumers on a bounded queue: `put` waits while it is full, `join` until all items are done.
import * as asyncio from "uvio";

async function producer(name: string, queue: asyncio.Queue<string>) {
  for (let i = 1; i <= 3; i++) await queue.put(`${name}${i}`);
}

async function consumer(queue: asyncio.Queue<string>, done: string[]) {
  for (;;) {
    const item = await queue.get();
    await asyncio.sleep(0.001);
    done.push(item);
    queue.taskDone();
  }
}

await asyncio.run(async () => {
  const queue = new asyncio.Queue<string>(3);
  const done: string[] = [];
  const consumers = [1, 2].map(() => asyncio.createTask(() => consumer(queue, done)));
  await asyncio.gather(
    () => producer("a", queue),
    () => producer("b", queue),
  );
  await queue.join();
  for (const task of consumers) task.cancel();
  await asyncio.gather(...consumers, { returnExceptions: true });
  console.log(done.sort());

  try {
    await asyncio.waitFor(queue.get(), 0.001);
  } catch (error) {
    console.log(error instanceof asyncio.TimeoutError, queue.empty());
  }
});

// prints:
//   [ 'a1', 'a2', 'a3', 'b1', 'b2', 'b3' ]
//   true true
