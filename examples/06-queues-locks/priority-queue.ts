// A priority queue returns the smallest item first: numbers, strings, or arrays as tuples. A LifoQueue returns the last one first.
import * as asyncio from "uvio";

await asyncio.run(async () => {
  const queue = new asyncio.PriorityQueue<[number, string]>();
  await queue.put([3, "low"]);
  await queue.put([1, "high"]);
  await queue.put([2, "medium"]);
  while (!queue.empty()) console.log(...(await queue.get()));

  const stack = new asyncio.LifoQueue<string>();
  for (const item of ["bottom", "top"]) stack.putNowait(item);
  console.log(await stack.get());
});

// prints:
//   1 high
//   2 medium
//   3 low
//   top
