// A pool of sockets on the native loop. Awaiting it connects; while no socket is free, tasks wait for a future.
import * as asyncio from "uvio";

class ConnectionPool extends asyncio.Awaitable<void> {
  readonly #address: asyncio.Address;
  readonly #size: number;
  readonly #idle: asyncio.Socket[] = [];
  readonly #waiting: asyncio.Future<asyncio.Socket>[] = [];

  constructor(address: asyncio.Address, size: number) {
    super();
    this.#address = address;
    this.#size = size;
  }

  /** Returns nothing. Python's version returns the pool, but here `await` would await the pool again. */
  *[Symbol.iterator]() {
    while (this.#idle.length < this.#size) {
      const sock = new asyncio.Socket();
      yield* asyncio.getRunningLoop().sockConnect(sock, this.#address);
      this.#idle.push(sock);
    }
  }

  get() {
    const future = new asyncio.Future<asyncio.Socket>();
    const sock = this.#idle.pop();
    if (sock === undefined) this.#waiting.push(future);
    else future.setResult(sock);
    return future;
  }

  put(sock: asyncio.Socket) {
    // Skips waiters that were cancelled.
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (!next.done()) return next.setResult(sock);
    }
    this.#idle.push(sock);
  }

  close() {
    for (const sock of this.#idle.splice(0)) sock.close();
  }
}

async function ask(pool: ConnectionPool, question: string) {
  const loop = asyncio.getRunningLoop();
  const sock = await pool.get();
  try {
    await loop.sockSendall(sock, question);
    return String(await loop.sockRecv(sock, 1024));
  } finally {
    pool.put(sock);
  }
}

class Shout extends asyncio.Protocol {
  static connections = 0;
  #transport!: asyncio.Transport;

  override connectionMade(transport: asyncio.Transport) {
    Shout.connections++;
    this.#transport = transport;
  }

  override dataReceived(data: Buffer) {
    this.#transport.write(String(data).toUpperCase());
  }
}

await asyncio.run(async () => {
  const server = await asyncio.getRunningLoop().createServer(() => new Shout(), "127.0.0.1", 0);
  const pool = new ConnectionPool(server.sockets[0]!.getsockname(), 2);
  await pool;
  const questions = ["one", "two", "three", "four"];
  console.log(await asyncio.gather(...questions.map((question) => () => ask(pool, question))), Shout.connections, "connections");
  pool.close();
  server.close();
});

// prints (the native loop):
//   [ 'ONE', 'TWO', 'THREE', 'FOUR' ] 2 connections
