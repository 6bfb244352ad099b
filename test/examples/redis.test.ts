/** The client of Redis in examples/, against a real server. */
import assert from "node:assert/strict";
import path from "node:path";
import * as asyncio from "uvio";
import { Redis, RedisConnectionError, RedisError, Subscription, type Message } from "../../examples/support/redis.js";
import { folderOf } from "../support/descriptors.js";
import { eachLoop, type LoopTest } from "../support/loops.js";
import { programSkipped } from "../support/programs.js";
import { pattern } from "../support/protocols.js";

const skip = programSkipped("redis-server");

interface Server {
  /** Its Unix socket. */
  path: string;
  process: asyncio.Process;
}

/** Runs `body` with a server of its own. */
async function withRedis(t: LoopTest, body: (server: Server) => Promise<void>): Promise<void> {
  const folder = folderOf(t);
  const socket = path.join(folder, "redis.sock");
  await t.run(async () => {
    const settings = ["--port", "0", "--unixsocket", socket, "--dir", folder, "--save", "", "--proto-max-bulk-len", "64mb"];
    const process = await asyncio.createSubprocessExec("redis-server", ...settings, { stdout: asyncio.subprocess.PIPE });
    try {
      for await (const line of process.stdout!) if (/ready to accept connections/i.test(String(line))) break;
      await body({ path: socket, process });
    } finally {
      await process[Symbol.asyncDispose]();
    }
  });
}

/** As withRedis, with a connection. */
function redisTest(name: string, body: (redis: Redis, server: Server) => Promise<void>): void {
  eachLoop(
    name,
    (t) =>
      withRedis(t, async (server) => {
        const redis = await Redis.connect(server.path);
        await body(redis, server);
        await redis.close();
      }),
    { skip },
  );
}

/** A TCP server that hands on what a server on a Unix socket says, in pieces of `size` bytes. */
async function relay(to: string, size: number) {
  const pump = async (from: asyncio.StreamReader, into: asyncio.StreamWriter) => {
    for (let data = await from.read(size); data.length > 0; data = await from.read(size)) await into.send(data);
    into.close();
  };
  return asyncio.startServer(
    async (reader, writer) => {
      const [redisReader, redisWriter] = await asyncio.openUnixConnection(to);
      await asyncio.gather(
        () => pump(reader, redisWriter),
        () => pump(redisReader, writer),
      );
    },
    "127.0.0.1",
    0,
  );
}

const bytes = (text: string) => Buffer.from(text);

redisTest("every kind of reply arrives as what it is", async (redis) => {
  const binary = Buffer.from([0, 13, 10, 255, 36, 10]);
  assert.equal(await redis.call("SET", "key", binary), "OK");
  assert.deepEqual(await redis.call("GET", "key"), binary);
  assert.equal(await redis.call("GET", "missing"), null);
  assert.equal(await redis.call("SET", "empty", ""), "OK");
  assert.deepEqual(await redis.call("GET", "empty"), bytes(""));
  assert.equal(await redis.call("INCRBY", "n", -5), -5);
  assert.deepEqual(await redis.call("LRANGE", "missing", 0, -1), []);
  assert.equal(await redis.call("BLPOP", "missing", 0.001), null);
  assert.deepEqual(await redis.call("EVAL", "return {1, {'a', {}}, false, redis.error_reply('ERR inside')}", 0), [
    1,
    [bytes("a"), []],
    null,
    new RedisError("ERR inside"),
  ]);
});

redisTest("a refused command rejects its own call and no other", async (redis) => {
  const [first, refused, last] = await asyncio.gather(
    () => redis.call("PING"),
    () => redis.call("NO-SUCH-COMMAND"),
    () => redis.call("ECHO", "still here"),
    { returnExceptions: true },
  );
  assert.equal(first, "PONG");
  assert.ok(refused instanceof RedisError && refused.message.startsWith("ERR unknown command"), String(refused));
  assert.deepEqual(last, bytes("still here"));
});

redisTest("2000 tasks share a connection, and each gets its own replies", async (redis) => {
  const task = async (n: number) => {
    assert.equal(await redis.call("SET", `key ${n}`, n), "OK");
    assert.deepEqual(await redis.call("GET", `key ${n}`), bytes(String(n)));
  };
  await asyncio.gather(...Array.from({ length: 2000 }, (_, n) => () => task(n)));
  assert.equal(await redis.call("DBSIZE"), 2000);
});

redisTest("a value of 20 MB goes there and back", async (redis) => {
  const value = pattern(20 << 20);
  await redis.call("SET", "large", value);
  assert.ok(value.equals((await redis.call("GET", "large")) as Buffer));
});

redisTest("the replies to cancelled calls are dropped, and do not shift those of others", async (redis) => {
  const calls = Array.from({ length: 30 }, (_, n) => asyncio.createTask(() => redis.call("ECHO", n)));
  await asyncio.sleep(0); // All have been sent.
  for (const [n, call] of calls.entries()) if (n % 3 === 0) call.cancel();
  const results = await asyncio.gather(...calls, { returnExceptions: true });
  for (const [n, result] of results.entries()) {
    if (n % 3 === 0) assert.ok(result instanceof asyncio.CancelledError);
    else assert.deepEqual(result, bytes(String(n)));
  }
  assert.equal(await redis.call("PING"), "PONG");
});

redisTest("the end of the server fails the calls that wait, and all later ones", async (redis, server) => {
  const calls = Array.from({ length: 3 }, (_, n) => asyncio.createTask(() => redis.call("BLPOP", `missing ${n}`, 0)));
  await asyncio.sleep(0); // All have been sent.
  server.process.kill();
  for (const call of calls) await assert.rejects(async () => call, RedisConnectionError);
  await assert.rejects(redis.call("PING"), RedisConnectionError);
});

redisTest("close() fails the calls that wait", async (redis) => {
  const call = asyncio.createTask(() => redis.call("BLPOP", "missing", 0));
  await asyncio.sleep(0);
  await redis.close();
  await assert.rejects(async () => call, RedisConnectionError);
});

redisTest("over TCP, replies in pieces of any size are the same", async (redis, server) => {
  const value = `\r\n${"x".repeat(50)}\r\n`;
  await redis.call("SET", "value", value);
  for (const size of [1, 2, 3, 7]) {
    const pieces = await relay(server.path, size);
    const remote = await Redis.connect({ host: "127.0.0.1", port: pieces.sockets[0]!.getsockname().port });
    const replies = await asyncio.gather(...Array.from({ length: 5 }, () => () => remote.call("MGET", "value", "missing", "value")));
    for (const reply of replies) assert.deepEqual(reply, [bytes(value), null, bytes(value)]);
    await remote.close();
    pieces.close();
    await pieces.waitClosed();
  }
});

redisTest("a server that does not speak the protocol ends the connection", async () => {
  for (const answer of ["HTTP/1.1 400 Bad Request\r\n", ":many\r\n", "$-\r\n", "+OK\r\n+and more\r\n"]) {
    const server = await asyncio.startServer(
      async (reader, writer) => {
        await reader.readuntil("PING\r\n");
        await writer.send(answer);
        await reader.read();
        writer.close();
      },
      "127.0.0.1",
      0,
    );
    const odd = await Redis.connect({ host: "127.0.0.1", port: server.sockets[0]!.getsockname().port });
    const calls = async () => [await odd.call("PING"), await odd.call("PING")];
    await assert.rejects(calls, RedisConnectionError);
    server.close();
    await server.waitClosed();
  }
});

redisTest("a subscription hears all that is published on its channels, in order, until it is left", async (redis, server) => {
  const subscription = await Subscription.open(server.path, "one", "two");
  const received = asyncio.createTask(async () => {
    const messages: Message[] = [];
    for await (const message of subscription) if (messages.push(message) === 40) break;
    return messages;
  });
  for (let n = 0; n < 20; n++) {
    assert.equal(await redis.call("PUBLISH", "one", n), 1);
    assert.equal(await redis.call("PUBLISH", "two", Buffer.from([n, 10])), 1);
    assert.equal(await redis.call("PUBLISH", "three", n), 0);
  }
  const expected = Array.from({ length: 20 }, (_, n) => [
    { channel: "one", payload: bytes(String(n)) },
    { channel: "two", payload: Buffer.from([n, 10]) },
  ]).flat();
  assert.deepEqual(await received, expected);
});
