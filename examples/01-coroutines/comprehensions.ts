// Asynchronous comprehensions: `toList`, `toMap` and `toSet` collect an async iterable, with `map` and `filter`.
import * as asyncio from "uvio";

async function* doubles(n: number): AsyncGenerator<[number, number]> {
  for (let i = 0; i < n; i++) {
    yield [i, i * 2];
    await asyncio.sleep(0.001);
  }
}

await asyncio.run(async () => {
  console.log(await asyncio.toList(doubles(3))); // [x async for x in doubles(3)]
  console.log(await asyncio.toMap(doubles(3))); // {x: y async for x, y in doubles(3)}
  console.log(await asyncio.toSet(doubles(3), ([, y]) => y)); // {y async for _, y in doubles(3)}
  console.log(await asyncio.toList(doubles(4), { map: ([, y]) => y, filter: ([x]) => x % 2 === 1 }));
});

// prints:
//   [ [ 0, 0 ], [ 1, 2 ], [ 2, 4 ] ]
//   Map(3) { 0 => 0, 1 => 2, 2 => 4 }
//   Set(3) { 0, 2, 4 }
//   [ 2, 6 ]
