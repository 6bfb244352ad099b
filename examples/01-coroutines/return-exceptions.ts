// `gather` rethrows the first error while the other coroutines go on; with `returnExceptions` errors are returned as results.
import * as asyncio from "uvio";

async function divide(a: number, b: number) {
  await asyncio.sleep(0.001);
  if (b === 0) throw new RangeError(`${a} by zero`);
  return a / b;
}

await asyncio.run(async () => {
  try {
    await asyncio.gather(
      () => divide(1, 2),
      () => divide(2, 0),
    );
  } catch (error) {
    console.log(String(error));
  }

  const results = await asyncio.gather(
    () => divide(1, 2),
    () => divide(2, 0),
    () => divide(3, 4),
    { returnExceptions: true },
  );
  for (const result of results) console.log(result instanceof Error ? `failed: ${result.message}` : result);
});

// prints:
//   RangeError: 2 by zero
//   0.5
//   failed: 2 by zero
//   0.75
