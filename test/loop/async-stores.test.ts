/** AsyncLocalStorage: callbacks, tasks, protocols and handlers have the stores of the code that created them, and leak none. */
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { connect } from "node:net";
import { once } from "node:events";
import { test } from "vitest";
import * as asyncio from "uvio";
import { runChild } from "../support/child.js";
import { DatagramRecorder } from "../support/datagrams.js";
import { eachLoop, LOOP_KINDS, loopSkipped, type LoopTest } from "../support/loops.js";
import { on, SPELLINGS, Writer, type Body, type Routine } from "../support/spellings.js";
import { unless } from "../support/unless.js";

const storage = new AsyncLocalStorage<string>();
const variable = new asyncio.ContextVar<string>("variable", { default: "unset" });

/** Ways to create work that runs later. Each returns what `read` has returned there, a coroutine function that waits twice in between. */
const TASKS: Record<string, (read: Routine<[], string>) => PromiseLike<unknown>> = {
  createTask: (read) => asyncio.createTask(read.lazy()),
  "an eager task": (read) => asyncio.createTask(read.lazy(), { eagerStart: true }),
  gather: (read) => asyncio.gather(read.lazy()),
  shield: (read) => asyncio.shield(read.lazy()),
  waitFor: async (read) => asyncio.waitFor(read.lazy(), 10),
  TaskGroup: async (read) => {
    let task!: asyncio.Task<string>;
    await asyncio.asyncWith(new asyncio.TaskGroup(), async (group) => {
      task = group.createTask(read.lazy());
    });
    return task;
  },
  "a coroutine that an async function awaits": async (read) => read(),
};

for (const spelling of SPELLINGS) {
  for (const [name, start] of Object.entries(TASKS)) {
    eachLoop(`${name} keeps the store of its creator, ${spelling}`, async (t) => {
      await t.run(async () => {
        const loop = asyncio.getRunningLoop();
        const future = loop.createFuture<void>();
        const writer = new Writer(spelling);
        const read = writer.fn(function* read(): Body<string> {
          const before = storage.getStore();
          yield* on(asyncio.sleep(0));
          yield* on(future);
          return `${before} ${storage.getStore()} ${variable.get()}`;
        });
        variable.set("variable");
        const started = [storage.run("A", () => start(read)), storage.run("B", () => start(read))];
        await asyncio.sleep(0.001);
        storage.run("waker", () => future.setResult());
        const results = [];
        for (const one of started) results.push(String(await one));
        assert.deepEqual(results, ["A A variable", "B B variable"]);
        assert.equal(storage.getStore(), undefined);
      });
    });
  }
}

/** Ways to schedule a callback. */
const CALLBACKS: Record<string, (loop: asyncio.EventLoop, callback: () => void) => void> = {
  callSoon: (loop, callback) => loop.callSoon(callback),
  callSoonThreadsafe: (loop, callback) => loop.callSoonThreadsafe(callback),
  callLater: (loop, callback) => loop.callLater(0.001, callback),
  callAt: (loop, callback) => loop.callAt(loop.time() + 0.001, callback),
  "addDoneCallback of a pending future": (loop, callback) => {
    const future = new asyncio.Future<void>({ loop });
    future.addDoneCallback(callback);
    loop.callLater(0.001, () => future.setResult());
  },
  "addDoneCallback of a done future": (loop, callback) => {
    const future = new asyncio.Future<void>({ loop });
    future.setResult();
    future.addDoneCallback(callback);
  },
};

for (const [name, schedule] of Object.entries(CALLBACKS)) {
  eachLoop(`${name} runs its callback with the caller's store, and outside of the caller's task`, async (t) => {
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      const seen: unknown[] = [];
      const results = loop.createFuture<void>();
      const callback = (): void => {
        seen.push([storage.getStore(), asyncio.currentTask()]);
        if (seen.length === 3) results.setResult();
      };
      storage.run("A", () => schedule(loop, callback));
      storage.run("B", () => schedule(loop, callback));
      schedule(loop, callback);
      await results;
      assert.deepEqual(new Set(seen.map(String)), new Set(["A,", "B,", ","]));
    });
  });
}

for (const [name, schedule] of Object.entries(CALLBACKS)) {
  eachLoop(`${name} inside of a callback runs its callback with the store of the moment, not with the outer callback's`, async (t) => {
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      const seen: string[] = [];
      const results = loop.createFuture<void>();
      const callback = (): void => {
        if (seen.push(String(storage.getStore())) === 4) results.setResult();
      };
      const outer = (): void => {
        schedule(loop, callback);
        storage.run("A", () => schedule(loop, callback));
        storage.exit(() => schedule(loop, callback));
        variable.set("changed"); // From here on the callback's context is a copy of its own.
        storage.run("B", () => schedule(loop, callback));
      };
      storage.run("outer", () => loop.callSoon(outer));
      await results;
      assert.deepEqual(seen.sort(), ["A", "B", "outer", "undefined"]);
    });
  });
}

eachLoop("a handle keeps its creator's store although other code asks for its context", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const seen = loop.createFuture<unknown>();
    const handle = storage.run("creator", () => loop.callSoon(() => seen.setResult(storage.getStore()))) as asyncio.Handle;
    storage.run("other", () => handle.getContext());
    assert.equal(await seen, "creator");
  });
});

eachLoop("asyncio.run keeps the store of its caller", async (t) => {
  assert.equal(await storage.run("outside", () => t.run(async () => storage.getStore())), "outside");
  assert.equal(await t.run(async () => storage.getStore()), undefined);
});

async function visit(server: asyncio.Server): Promise<void> {
  const socket = connect(server.sockets[0]!.getsockname().port, "127.0.0.1");
  socket.resume().end("hello");
  await asyncio.wrapFuture(once(socket, "close"));
}

eachLoop("the handlers of startServer have the store of the server's creator", async (t: LoopTest) => {
  await t.run(async () => {
    const seen: unknown[] = [];
    const async = async (reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> => {
      await reader.read();
      seen.push(storage.getStore());
      writer.close();
    };
    const generator = asyncio.coroutine(function* (reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
      yield* reader.read();
      seen.push(storage.getStore());
      writer.close();
    });
    for (const handler of [async, generator]) {
      const server = await storage.run("server", async () => asyncio.startServer(handler, "127.0.0.1", 0));
      await storage.run("client", () => visit(server));
      server.close();
      await server.waitClosed();
    }
    assert.deepEqual(seen, ["server", "server"]);
  });
});

eachLoop("the methods of a protocol have the store of the code that created its server or endpoint", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const seen: string[] = [];
    const log = (method: string): void => void seen.push(`${method} ${storage.getStore()}`);
    class Logging extends asyncio.Protocol {
      override connectionMade(): void {
        log("made");
      }
      override dataReceived(): void {
        log("data");
      }
      override eofReceived(): void {
        log("eof");
      }
      override connectionLost(): void {
        log("lost");
      }
    }
    const server = await storage.run("server", async () => loop.createServer(() => (log("factory"), new Logging()), "127.0.0.1", 0));
    await storage.run("client", () => visit(server));
    server.close();
    await server.waitClosed();
    assert.deepEqual(seen, ["factory server", "made server", "data server", "eof server", "lost server"]);

    const received = loop.createFuture<unknown>();
    class Datagrams extends DatagramRecorder {
      override datagramReceived(): void {
        received.setResult(storage.getStore());
      }
    }
    const localAddr = { address: "127.0.0.1", port: 0 };
    const [transport] = await storage.run("endpoint", async () => loop.createDatagramEndpoint(() => new Datagrams(), { localAddr }));
    transport.sendto("to itself", transport.getExtraInfo("sockname") as asyncio.Address);
    assert.equal(await received, "endpoint");
    transport.close();
  });
});

eachLoop("a copied context passed as an option brings the stores of its copy", async (t) => {
  await t.run(async () => {
    const context = storage.run("copied", () => asyncio.copyContext());
    const task = storage.run("creator", () => asyncio.createTask(async () => storage.getStore(), { context }));
    assert.equal(await task, "copied");
  });
});

for (const kind of LOOP_KINDS) {
  test(`a program's first store reaches callbacks although earlier ones share a context [${kind}]`, unless(loopSkipped(kind)), async () => {
    const program = `
      import { AsyncLocalStorage } from "node:async_hooks";
      import * as asyncio from "uvio";
      import * as uvloop from "uvio/uvloop";
      const storage = new AsyncLocalStorage();
      const loopFactory = ${kind === "uv" ? "uvloop.newEventLoop" : "() => new asyncio.NodeEventLoop()"};
      const main = async () => {
        const loop = asyncio.getRunningLoop();
        const inFuture = loop.createFuture();
        loop.callSoon(() => storage.run("inner", () => loop.callSoon(() => inFuture.setResult(storage.getStore()))));
        const inTask = loop.createFuture();
        storage.run("task's", () => loop.callSoon(() => inTask.setResult(storage.getStore())));
        console.log(await inFuture, await inTask);
      };
      await asyncio.run(main, { loopFactory });`;
    assert.equal((await runChild(program)).stdout.trim(), "inner task's");
  });
}

test("nothing is replaced in node:async_hooks once a store was entered", async () => {
  const program = `
    import { AsyncLocalStorage } from "node:async_hooks";
    const { run, enterWith } = AsyncLocalStorage.prototype;
    const asyncio = await import("uvio");
    const storage = new AsyncLocalStorage();
    await asyncio.run(async () => asyncio.createTask(async () => asyncio.sleep(0)));
    storage.run(1, () => {});
    storage.enterWith(1);
    const now = AsyncLocalStorage.prototype;
    console.log(now.run === run, now.enterWith === enterWith);`;
  assert.equal((await runChild(program)).stdout.trim(), "true true");
});
