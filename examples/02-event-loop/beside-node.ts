// Node's promises, timers, streams and EventEmitters work beside the loop, in the same thread.
import { EventEmitter } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import * as asyncio from "uvio";

await asyncio.run(async () => {
  const emitter = new EventEmitter();
  setTimeout(() => emitter.emit("ready", "from a Node timer"), 1);
  console.log(...(await asyncio.once(emitter, "ready")));

  const [text] = await asyncio.gather(readFile(new URL(import.meta.url), "utf8"), delay(1), asyncio.sleep(0.001));
  console.log(text.length > 0);

  // A foreign promise cannot be cancelled, but the task's `signal` aborts functions that accept one when the task is cancelled.
  const silent = await asyncio.startServer(async (reader) => void (await reader.read()), "127.0.0.1", 0);
  const url = `http://127.0.0.1:${silent.sockets[0]!.getsockname().port}/`;
  const request = asyncio.createTask(() => fetch(url, { signal: asyncio.currentTask()!.signal }));
  await asyncio.sleep(0.01);
  request.cancel();
  await asyncio.wait([request]);
  console.log(request.cancelled());
  silent.close();
});

// prints:
//   from a Node timer
//   true
//   true
