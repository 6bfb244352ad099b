// An async iterator (in Python a class with __aiter__ and __anext__) for `for await` and, in generators, `asyncFor`.
import * as asyncio from "uvio";

/** Stands in for a database. */
const store = new Map([
  ["Americas", 35],
  ["Africa", 54],
  ["Europe", 44],
]);

async function get(key: string) {
  await asyncio.sleep(0.001);
  return store.get(key);
}

class OneAtATime implements AsyncIterable<number | undefined> {
  readonly #keys: readonly string[];

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  [Symbol.asyncIterator]() {
    const keys = this.#keys.values();
    return {
      async next(): Promise<IteratorResult<number | undefined, undefined>> {
        const key = keys.next();
        return key.done === true ? { done: true, value: undefined } : { done: false, value: await get(key.value) };
      },
    };
  }
}

await asyncio.run(async () => {
  for await (const value of new OneAtATime(["Americas", "Africa"])) console.log(value);
});

const main = asyncio.coroutine(function* () {
  yield* asyncio.asyncFor(new OneAtATime(["Europe", "Asia"]), function* (value) {
    yield* asyncio.sleep(0);
    console.log(value);
  });
});
await asyncio.run(main());

// prints:
//   35
//   54
//   44
//   undefined
