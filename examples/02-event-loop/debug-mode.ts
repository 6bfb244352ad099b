// Debug mode reports, among other things, callbacks that block the loop: UVIO_DEBUG=1, `{ debug: true }`, `loop.setDebug(true)`.
import * as asyncio from "uvio";

function block(seconds: number) {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end);
}

process.removeAllListeners("warning"); // Node's listener writes them to stderr.
process.on("warning", ({ name, message }) => {
  if (message.includes("block")) console.log(name, message);
});

await asyncio.run(
  async () => {
    const loop = asyncio.getRunningLoop();
    loop.slowCallbackDuration = 0.02; // In seconds; default 0.1.
    loop.callSoon(block, 0.03);
    await asyncio.sleep(0.001);
  },
  { debug: true },
);

// prints:
//   uvio Executing <Handle block…> took 0.… seconds
