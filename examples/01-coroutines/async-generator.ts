// An async generator replaces the iterator class: `async function*`, or `asyncGenerator` with `emit` for generators.
import * as asyncio from "uvio";

async function get(key: string) {
  await asyncio.sleep(0.001);
  return key.length;
}

async function* oneAtATime(keys: readonly string[]) {
  for (const key of keys) yield await get(key);
}

const oneAtATimeToo = asyncio.asyncGenerator(function* (emit: asyncio.Emit<number>, keys: readonly string[]) {
  for (const key of keys) {
    yield* asyncio.sleep(0.001);
    yield* emit(key.length);
  }
});

await asyncio.run(async () => {
  for await (const value of oneAtATime(["Americas", "Africa"])) console.log(value);
  for await (const value of oneAtATimeToo(["Europe", "Asia"])) console.log(value);
});

// prints:
//   8
//   6
//   6
//   4
