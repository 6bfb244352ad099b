// Patching the loop's class traces every callback that a program schedules, on both loops.
import * as asyncio from "uvio";

const { callSoon } = asyncio.BaseEventLoop.prototype;

asyncio.BaseEventLoop.prototype.callSoon = function <A extends unknown[]>(callback: (...args: A) => unknown, ...args: A) {
  console.log(`callSoon: ${callback.name}(${args.join(", ")})`);
  return callSoon.call(this, callback as (...args: unknown[]) => unknown, ...args);
};

await asyncio.run(async () => {
  const done = asyncio.getRunningLoop().createFuture<string>();
  asyncio.getRunningLoop().callSoon(function finish(result: string) {
    done.setResult(result);
  }, "the result");
  console.log(await done);
});

// prints:
//   callSoon: finish(the result)
//   the result
