// A pool of connections: opened up to a limit, kept when they are returned, and closed together.
import * as asyncio from "uvio";

class Connection {
  readonly #reader: asyncio.StreamReader;
  readonly #writer: asyncio.StreamWriter;

  constructor(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
    this.#reader = reader;
    this.#writer = writer;
  }

  async ask(question: string) {
    this.#writer.write(`${question}\n`);
    return String(await this.#reader.readline()).trim();
  }

  close() {
    this.#writer.close();
  }
}

class ConnectionPool {
  readonly #port: number;
  readonly #slots: asyncio.Semaphore;
  readonly #idle: Connection[] = [];
  opened = 0;

  constructor(port: number, size: number) {
    this.#port = port;
    this.#slots = new asyncio.Semaphore(size);
  }

  /** Calls `use` with a connection that no other task uses at the same time. */
  async with<T>(use: (connection: Connection) => Promise<T>) {
    return await asyncio.asyncWith(this.#slots, async () => {
      const connection = this.#idle.pop() ?? (await this.#open());
      try {
        return await use(connection);
      } finally {
        this.#idle.push(connection);
      }
    });
  }

  async #open() {
    this.opened++;
    return new Connection(...(await asyncio.openConnection("127.0.0.1", this.#port)));
  }

  close() {
    for (const connection of this.#idle.splice(0)) connection.close();
  }
}

async function shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
  for await (const line of reader) await writer.send(String(line).toUpperCase());
  writer.close();
}

await asyncio.run(async () => {
  const server = await asyncio.startServer(shout, "127.0.0.1", 0);
  const pool = new ConnectionPool(server.sockets[0]!.getsockname().port, 2);
  const questions = ["one", "two", "three", "four"];
  const answers = await asyncio.gather(...questions.map((text) => () => pool.with((connection) => connection.ask(text))));
  console.log(answers, pool.opened, "connections");
  pool.close();
  server.close();
});

// prints:
//   [ 'ONE', 'TWO', 'THREE', 'FOUR' ] 2 connections
