// An event wakes all tasks that wait for it.
import * as asyncio from "uvio";

async function waiter(name: string, ready: asyncio.Event) {
  console.log(`${name} waits`);
  await ready.wait();
  console.log(`${name} goes on`);
}

await asyncio.run(async () => {
  const ready = new asyncio.Event();
  const waiters = ["one", "two", "three"].map((name) => asyncio.createTask(() => waiter(name, ready)));
  await asyncio.sleep(0.001);
  console.log("set");
  ready.set();
  await asyncio.gather(...waiters);
});

// prints:
//   one waits
//   two waits
//   three waits
//   set
//   one goes on
//   two goes on
//   three goes on
