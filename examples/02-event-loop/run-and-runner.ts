// `run` is for one coroutine; a Runner keeps its loop and its context for several, and closes them at its end.
import * as asyncio from "uvio";

const visits = new asyncio.ContextVar("visits", { default: 0 });

async function visit() {
  await asyncio.sleep(0.001);
  visits.set(visits.get() + 1);
  return visits.get();
}

console.log(await asyncio.run(visit), await asyncio.run(visit));

const runner = new asyncio.Runner();
try {
  console.log(await runner.run(visit), await runner.run(visit));
} finally {
  await runner.close(); // With `await using` this happens by itself.
}

// prints:
//   1 1
//   1 2
