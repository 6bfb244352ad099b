// A Redis client on streams: many tasks share a connection without waiting for each other, and receive published messages.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as asyncio from "uvio";
import { Redis, Subscription } from "../support/redis.ts";

const { PIPE } = asyncio.subprocess;

/** Starts a server on a Unix socket; returns when it is ready. */
async function startRedis(folder: string, path: string) {
  const settings = ["--port", "0", "--unixsocket", path, "--dir", folder, "--save", ""];
  const server = await asyncio.createSubprocessExec("redis-server", ...settings, { stdout: PIPE });
  for await (const line of server.stdout!) if (/ready to accept connections/i.test(String(line))) return server;
  throw new Error("redis-server has ended");
}

async function talk(path: string) {
  const redis = await Redis.connect(path);
  console.log(await redis.call("PING"));

  // Ten tasks, one connection: all commands are sent in one packet, and the replies arrive in the same order.
  console.log(await asyncio.gather(...Array.from({ length: 10 }, () => () => redis.call("INCRBY", "total", 10))));

  await redis.call("RPUSH", "tower", "coroutines", "event loop", "streams");
  const levels = (await redis.call("LRANGE", "tower", 0, -1)) as Buffer[];
  console.log(levels.map(String));

  try {
    await redis.call("INCR", "tower");
  } catch (error) {
    console.log((error as Error).message);
  }

  // A blocking command with a deadline: the wait ends, and the connection stays usable.
  try {
    await asyncio.waitFor(() => redis.call("BLPOP", "nothing", 0.1), 0.01);
  } catch (error) {
    console.log((error as Error).name, String(await redis.call("GET", "total")));
  }

  const news = await Subscription.open(path, "news");
  console.log("heard by", await redis.call("PUBLISH", "news", "it works"));
  for await (const { channel, payload } of news) {
    console.log(`${channel}: ${payload}`);
    break;
  }
  await redis.close();
}

const folder = mkdtempSync(join(tmpdir(), "uvio-"));
await asyncio.run(async () => {
  const path = join(folder, "redis.sock");
  const server = await startRedis(folder, path);
  await talk(path);
  server.terminate();
  await server.communicate();
});
rmSync(folder, { recursive: true });

// prints (redis-server):
//   PONG
//   [
//     10, 20, 30, 40,  50,
//     60, 70, 80, 90, 100
//   ]
//   [ 'coroutines', 'event loop', 'streams' ]
//   WRONGTYPE Operation against a key holding the wrong kind of value
//   TimeoutError 100
//   heard by 1
//   news: it works
