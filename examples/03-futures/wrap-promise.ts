// A promise as a future: generators can await it. Cancelling ends the wait, but not the work behind the promise.
import { readFile } from "node:fs/promises";
import * as asyncio from "uvio";

const main = asyncio.coroutine(function* () {
  const text = yield* asyncio.wrapFuture(readFile(new URL(import.meta.url), "utf8"));
  console.log(text.length > 0);

  const never = new Promise<void>(() => {});
  const waiting = asyncio.wrapFuture(never);
  waiting.cancel();
  try {
    yield* waiting;
  } catch (error) {
    console.log(asyncio.isCancelled(error));
  }
});

await asyncio.run(main());

// prints:
//   true
//   true
