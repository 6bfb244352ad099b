// Blocking calls in the default executor. Functions are sent as module and export, so they are in a separate module.
import * as asyncio from "uvio";
import { block } from "../support/blocking.ts";

async function tick(ticks: number[]) {
  for (;;) {
    ticks.push(asyncio.getRunningLoop().time());
    await asyncio.sleep(0.01);
  }
}

await asyncio.run(async () => {
  const ticks: number[] = [];
  const ticker = asyncio.createTask(() => tick(ticks));
  console.log(await asyncio.getRunningLoop().runInExecutor(null, block, 0.2));
  ticker.cancel();
  console.log("the loop went on:", ticks.length > 1);

  try {
    await asyncio.toThread(tick, []);
  } catch (error) {
    console.log("a function of this module:", error instanceof TypeError);
  }
});

// prints:
//   blocked for 0.2 s
//   the loop went on: true
//   a function of this module: true
