// Eager tasks run their first step inside `createTask`: a generator that does not need to wait finishes there, an async function in its promise.
import * as asyncio from "uvio";

const cache = new Map([["known", 1]]);

async function lookUp(key: string) {
  const cached = cache.get(key);
  if (cached !== undefined) return cached;
  await asyncio.sleep(0.001);
  return 0;
}

const known = asyncio.coroutine(function* (key: string) {
  return cache.get(key);
});

await asyncio.run(async () => {
  console.log(asyncio.createTask(known("known")).done());
  asyncio.getRunningLoop().setTaskFactory(asyncio.eagerTaskFactory);
  console.log(asyncio.createTask(known("known")).done());
  const looking = asyncio.createTask(() => lookUp("known"));
  console.log(looking.done(), await looking);
  console.log(await asyncio.createTask(() => lookUp("unknown")));
});

// prints:
//   false
//   true
//   false 1
//   0
