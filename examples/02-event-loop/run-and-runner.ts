// `run` runs one coroutine; a Runner keeps its loop and its context for several, and closes the loop at its end.
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
  await runner.close(); // `await using` does this on its own.
}

// prints:
//   1 1
//   1 2
