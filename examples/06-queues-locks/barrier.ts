// A barrier releases its parties when all of them have arrived; one of them gets the number 0.
import * as asyncio from "uvio";

async function party(name: string, barrier: asyncio.Barrier) {
  console.log(`${name} arrives`);
  const number = await barrier.wait();
  if (number === 0) console.log("all are there");
}

await asyncio.run(async () => {
  const barrier = new asyncio.Barrier(3);
  await asyncio.gather(...["one", "two", "three"].map((name) => () => party(name, barrier)));
});

// prints:
//   one arrives
//   two arrives
//   three arrives
//   all are there
