// The layer below coroutines: `callSoon` in order, `callLater` and `callAt` by deadline, and handles that can be cancelled.
import * as asyncio from "uvio";

const loop = asyncio.newEventLoop();

loop.callSoon(console.log, "first");
loop.callSoon(() => {
  console.log("second");
  loop.callSoon(console.log, "in the next turn");
});
loop.callSoon(() => {
  console.log("third");
  loop.callLater(0.02, () => {
    console.log("later; the last one stops the loop");
    loop.stop();
  });
  loop.callAt(loop.time() + 0.01, console.log, "sooner");
  loop.callLater(0.005, console.log, "never").cancel();
});

await loop.runForever();
loop.close();

// prints:
//   first
//   second
//   third
//   in the next turn
//   sooner
//   later; the last one stops the loop
