// `getRunningLoop` is for coroutines; `getEventLoop` also works while no loop is running, after `setEventLoop`.
import * as asyncio from "uvio";

try {
  asyncio.getRunningLoop();
} catch (error) {
  console.log(error instanceof asyncio.RuntimeError);
}

await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  console.log(loop.isRunning(), loop === asyncio.getEventLoop());
});

const loop = asyncio.newEventLoop();
asyncio.setEventLoop(loop);
console.log(asyncio.getEventLoop() === loop, loop.isRunning());
loop.close();

// prints:
//   true
//   true true
//   true false
