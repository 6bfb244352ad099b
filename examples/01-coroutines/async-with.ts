// `asyncWith(manager, body)` is `async with`: `aenter` opens, and `aexit` closes after the body, with its outcome.
import * as asyncio from "uvio";

class Connection implements asyncio.AsyncManager<Connection, void> {
  readonly #host: string;

  constructor(host: string) {
    this.#host = host;
  }

  async aenter() {
    await asyncio.sleep(0.001);
    console.log(`connected to ${this.#host}`);
    return this;
  }

  async aexit(outcome: asyncio.Outcome) {
    await asyncio.sleep(0.001);
    console.log(outcome.ok ? "closed" : `closed after ${String(outcome.error)}`);
  }

  async query(sql: string) {
    await asyncio.sleep(0.001);
    if (sql === "") throw new SyntaxError("empty query");
    return `rows of "${sql}"`;
  }
}

await asyncio.run(async () => {
  const rows = await asyncio.asyncWith(new Connection("localhost"), (connection) => connection.query("select 1"));
  console.log(rows);

  try {
    await asyncio.asyncWith(new Connection("localhost"), (connection) => connection.query(""));
  } catch (error) {
    console.log("and thrown on:", String(error));
  }
});

// prints:
//   connected to localhost
//   closed
//   rows of "select 1"
//   connected to localhost
//   closed after SyntaxError: empty query
//   and thrown on: SyntaxError: empty query
