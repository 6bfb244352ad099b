// Coroutines are async functions or generators. Async functions start when called; generators, as in Python, when awaited.
import * as asyncio from "uvio";

async function addAsync(x: number) {
  console.log("addAsync starts");
  await asyncio.sleep(0.01);
  return x + 100;
}

const add = asyncio.coroutine(function* add(x: number) {
  console.log("add starts");
  yield* asyncio.sleep(0.01); // `yield*` is this spelling's `await`.
  return x + 100;
});

await asyncio.run(async () => {
  const promise = addAsync(1);
  const coroutine = add(2);
  console.log("both called");
  console.log(await promise, await coroutine);
});

// Functions that accept a coroutine also accept an async function, which they call. A promise would have started already.
console.log(await asyncio.run(add(3)), await asyncio.run(() => addAsync(4)));

// prints:
//   addAsync starts
//   both called
//   add starts
//   101 102
//   add starts
//   addAsync starts
//   103 104
