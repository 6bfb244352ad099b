// An awaitable that starts a task when it is created, and waits for it when it is awaited.
import * as asyncio from "uvio";

async function query(sql: string) {
  await asyncio.sleep(0.001);
  console.log("queried");
  return `rows of "${sql}"`;
}

class Query extends asyncio.Awaitable<string> {
  readonly #task: asyncio.Task<string>;

  constructor(sql: string) {
    super();
    this.#task = asyncio.createTask(() => query(sql));
  }

  [Symbol.iterator]() {
    return this.#task[Symbol.iterator]();
  }
}

await asyncio.run(async () => {
  const rows = new Query("select 1");
  console.log("continues");
  console.log(await rows);
});

// prints:
//   continues
//   queried
//   rows of "select 1"
