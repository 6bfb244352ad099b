// Done callbacks run on the loop, in the order in which they were added, also after an error or a cancellation.
import * as asyncio from "uvio";

function report(future: asyncio.Future<unknown>) {
  if (future.cancelled()) console.log("cancelled");
  else if (future.exception() !== null) console.log("failed:", String(future.exception()));
  else console.log("result:", future.result());
}

await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const [one, two, three] = [loop.createFuture<number>(), loop.createFuture<number>(), loop.createFuture<number>()];
  for (const future of [one, two, three]) future.addDoneCallback(report);
  one.setResult(1);
  two.setException(new asyncio.ValueError("no"));
  three.cancel();
  console.log("nothing has run yet");
  await asyncio.sleep(0);
});

// prints:
//   nothing has run yet
//   result: 1
//   failed: ValueError: no
//   cancelled
