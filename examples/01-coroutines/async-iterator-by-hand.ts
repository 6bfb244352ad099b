// The steps of `for await`, written out, over an async generator: `anext` until StopAsyncIteration.
import * as asyncio from "uvio";

const countdown = asyncio.asyncGenerator(function* (emit: asyncio.Emit<number>, from: number) {
  for (let n = from; n > 0; n--) {
    yield* asyncio.sleep(0.001);
    yield* emit(n);
  }
});

await asyncio.run(async () => {
  for await (const n of countdown(2)) console.log("for await:", n);

  const generator = countdown(2);
  for (;;) {
    let n: number;
    try {
      n = await generator.anext();
    } catch (error) {
      if (error instanceof asyncio.StopAsyncIteration) break;
      throw error;
    }
    console.log("by hand:", n);
  }
});

// prints:
//   for await: 2
//   for await: 1
//   by hand: 2
//   by hand: 1
