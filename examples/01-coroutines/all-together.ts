// Async generators and comprehensions combined: a generator yields coroutine functions, a comprehension awaits them. In both spellings.
import * as asyncio from "uvio";

async function f(x: number) {
  await asyncio.sleep(0.001);
  return x + 100;
}

async function* factory(n: number): AsyncGenerator<[typeof f, number]> {
  for (let x = 0; x < n; x++) {
    await asyncio.sleep(0.001);
    yield [f, x];
  }
}

console.log(await asyncio.run(async () => await asyncio.toList(factory(3), ([fn, x]) => fn(x))));

const g = asyncio.coroutine(function* (x: number) {
  yield* asyncio.sleep(0.001);
  return x + 100;
});

const generators = asyncio.asyncGenerator(function* (emit: asyncio.Emit<[typeof g, number]>, n: number) {
  for (let x = 0; x < n; x++) {
    yield* asyncio.sleep(0.001);
    yield* emit([g, x]);
  }
});

const main = asyncio.coroutine(function* () {
  return yield* asyncio.toList(generators(3), ([fn, x]) => fn(x));
});
console.log(await asyncio.run(main()));

// prints:
//   [ 100, 101, 102 ]
//   [ 100, 101, 102 ]
