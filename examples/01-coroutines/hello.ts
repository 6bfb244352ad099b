// `run` is the entry point: it creates a loop, runs a coroutine function to its end, and closes the loop.
import * as asyncio from "uvio";

async function main() {
  console.log("hello");
  await asyncio.sleep(0.01); // Seconds, as in asyncio.
  console.log("world");
  return 42;
}

console.log(await asyncio.run(main));

// prints:
//   hello
//   world
//   42
