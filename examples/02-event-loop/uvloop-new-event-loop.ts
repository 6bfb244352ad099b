// The native loop for one run, without a policy: as the current loop, as `loopFactory`, or by `uvloop.run`.
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";

async function main() {
  await asyncio.sleep(0.001);
  return asyncio.getRunningLoop().constructor.name;
}

const loop = uvloop.newEventLoop();
asyncio.setEventLoop(loop);
console.log(await asyncio.getEventLoop().runUntilComplete(main));
loop.close();

console.log(await asyncio.run(main, { loopFactory: uvloop.newEventLoop }));
console.log(await uvloop.run(main));

// prints (the native loop):
//   Loop
//   Loop
//   Loop
