/** A loop beside the rest of a Node program: `void loop.runForever()`. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import * as asyncio from "uvio";
import { runChild } from "../support/child.js";
import { eachLoop } from "../support/loops.js";
import { packageRoot } from "../support/paths.js";
import { Echo, Recorder } from "../support/protocols.js";

eachLoop("a loop that runs for ever serves beside a node:http server, which uses it", async (t) => {
  const loop = t.newLoop();
  asyncio.setEventLoop(loop);
  t.after(() => asyncio.setEventLoop(null));
  const run = loop.runForever();
  const echo = await loop.createTask(async () => await loop.createServer(() => new Echo(), "127.0.0.1", 0));
  const { port } = echo.sockets[0]!.getsockname();
  const http = createServer((request, response) => {
    void loop
      .createTask(async () => {
        const [reader, writer] = await asyncio.openConnection("127.0.0.1", port);
        writer.write(`${request.url}\n`);
        const line = await reader.readline();
        writer.close();
        await writer.waitClosed();
        return line.toString();
      })
      .then((line) => response.end(line));
  }).listen(0, "127.0.0.1");
  await once(http, "listening");
  const fetched = await Promise.all(
    Array.from({ length: 10 }, async (_, i) => {
      const request = get({ port: (http.address() as AddressInfo).port, host: "127.0.0.1", path: `/${i}`, agent: false });
      const [response] = (await once(request, "response")) as [AsyncIterable<Buffer>];
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    }),
  );
  assert.deepEqual(
    fetched,
    Array.from({ length: 10 }, (_, i) => `/${i}\n`),
  );
  http.close();
  echo.close();
  await loop.createTask(() => echo.waitClosed());
  loop.stop();
  await run;
  loop.close();
});

eachLoop("fs, timers, fetch-like promises and our own awaits mix in one async function", async (t) => {
  await t.run(async () => {
    const text = await readFile(`${packageRoot}/package.json`, "utf8");
    assert.equal((JSON.parse(text) as { name: string }).name, "uvio");
    const task = asyncio.currentTask();
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(asyncio.currentTask(), task);
    await asyncio.sleep(0.001);
    await Promise.all([asyncio.sleep(0.001), new Promise((resolve) => setImmediate(resolve)), asyncio.sleep(0)]);
    assert.equal(asyncio.currentTask(), task);
  });
});

eachLoop("several loops of one thread run one after the other, while the others keep what they have", async (t) => {
  const first = t.newLoop();
  const second = t.newLoop();
  const seen: string[] = [];
  first.callSoon(() => seen.push("first"));
  await second.runUntilComplete(async () => {
    seen.push("second");
    await asyncio.sleep(0.001);
  });
  await first.runUntilComplete(async () => {});
  assert.deepEqual(seen, ["second", "first"]);
  first.close();
  second.close();
});

eachLoop("a worker thread has a loop of its own", async (t) => {
  const worker = new Worker(new URL("../support/worker-echo.js", import.meta.url), { workerData: { kind: t.kind } });
  const [port] = (await once(worker, "message")) as [number];
  await t.run(async () => {
    const [transport, client] = await asyncio.getRunningLoop().createConnection(() => new Recorder(), "127.0.0.1", port);
    transport.write("hello, thread");
    await client.received(13);
    assert.equal(client.data().toString(), "hello, thread");
    transport.close();
    await client.lost;
  });
  worker.postMessage("stop");
  const [code] = (await once(worker, "exit")) as [number];
  assert.equal(code, 0);
});

eachLoop("a worker may be terminated while its loop is at work", async (t) => {
  const worker = new Worker(new URL("../support/worker-echo.js", import.meta.url), { workerData: { kind: t.kind } });
  const [port] = (await once(worker, "message")) as [number];
  await t.run(async () => {
    const [transport, client] = await asyncio.getRunningLoop().createConnection(() => new Recorder(), "127.0.0.1", port);
    transport.write(Buffer.alloc(1 << 20));
    await client.received(1);
    await worker.terminate();
    await client.lost;
    assert.equal(transport.isClosing(), true);
  });
});

const IMPORTS = (kind: string): string =>
  `import * as asyncio from "uvio"; import * as uvloop from "uvio/uvloop"; ${kind === "uv" ? "uvloop.install();" : ""}`;

eachLoop("the process exits by itself after a run, whatever is scheduled for later", async (t) => {
  const child = await runChild(
    `${IMPORTS(t.kind)}
    const value = await asyncio.run(async () => {
      const loop = asyncio.getRunningLoop();
      loop.callLater(3600, () => console.log("never"));
      const server = await loop.createServer(() => ({ dataReceived() {} }), "127.0.0.1", 0);
      asyncio.createTask(() => asyncio.sleep(3600));
      return 42;
    });
    console.log(value);`,
  );
  assert.deepEqual(child, { code: 0, signal: null, stdout: "42\n", stderr: "" });
});

eachLoop("a run that waits for a timer alone keeps the process alive", async (t) => {
  const child = await runChild(`${IMPORTS(t.kind)} asyncio.run(async () => { await asyncio.sleep(0.05); console.log("slept"); });`);
  assert.deepEqual(child, { code: 0, signal: null, stdout: "slept\n", stderr: "" });
});

eachLoop("an unref'ed loop and server let the process exit", async (t) => {
  const child = await runChild(
    `${IMPORTS(t.kind)}
    const loop = asyncio.newEventLoop();
    const work = setInterval(() => {}, 1000); // Node's own work, until the server listens.
    loop.unref();
    void loop.runForever();
    loop.createTask(async () => {
      const server = await loop.createServer(() => ({ dataReceived() {} }), "127.0.0.1", 0);
      server.unref();
      console.log("listening", server.isServing());
      clearInterval(work);
      setTimeout(() => console.log("Node's own work is over"), 20);
    });`,
  );
  assert.deepEqual(child, { code: 0, signal: null, stdout: "listening true\nNode's own work is over\n", stderr: "" });
});

eachLoop("a server keeps the process alive that an unref'ed loop alone would not", async (t) => {
  const child = await runChild(
    `${IMPORTS(t.kind)}
    import { connect } from "node:net";
    const loop = asyncio.newEventLoop();
    loop.unref();
    void loop.runForever();
    loop.createTask(async () => {
      const server = await loop.createServer(() => ({
        connectionMade(transport) { this.transport = transport; },
        dataReceived(data) { console.log(String(data)); this.transport.close(); server.close(); },
      }), "127.0.0.1", 0);
      console.log(server.sockets[0].getsockname().port);
    });`,
    {
      onLine: (line) => {
        if (/^\d+$/.test(line))
          setTimeout(() => void import("node:net").then(({ connect }) => connect(Number(line), "127.0.0.1").end("hello").resume()), 50);
      },
    },
  );
  assert.equal(child.stderr, "");
  assert.equal(child.code, 0);
  assert.match(child.stdout, /^\d+\nhello\n$/);
});
