// `createTask` starts coroutines that run concurrently; awaiting all of them takes as long as the slowest.
import * as asyncio from "uvio";

async function say(what: string, seconds: number) {
  await asyncio.sleep(seconds);
  console.log(what);
}

await asyncio.run(async () => {
  const slow = asyncio.createTask(() => say("world", 0.2));
  const quick = asyncio.createTask(() => say("hello", 0.001));
  await slow;
  await quick;
});

// prints:
//   hello
//   world
