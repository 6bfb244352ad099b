/** Loops called from other threads, loops in threads of their own, servers on several threads. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { Worker, type MessagePort } from "node:worker_threads";
import * as asyncio from "uvio";
import { BrokenThreadPool } from "uvio/concurrent";
import { on, program } from "../semantics/scenes.js";
import { eachLoop, uvSkipped, type LoopTest, type TestOptions } from "../support/loops.js";
import { runChild } from "../support/child.js";
import * as jobs from "./remote-jobs.js";
import { checkWorkersAfterEach, rejection } from "./support.js";

checkWorkersAfterEach();

program("another thread's callSoon runs in the loop, in the order of the calls, with the results in the thread", function* ({ loop }) {
  const port = loop.remote();
  assert.deepEqual(yield* on(asyncio.toThread(jobs.callBack, asyncio.transfer(port), ["a", "b", "c"])), [1, 2, 3]);
  assert.deepEqual(jobs.takeArrived(), ["a", "b", "c"]);
});

program("runCoroutine runs a task of the loop, of either kind of function", function* ({ loop }) {
  const remote = new asyncio.RemoteLoop(loop.remote());
  assert.deepEqual(yield* on(remote.runCoroutine(jobs.nap, 0.001)), ["Task-N", 0]);
  assert.equal(yield* on(remote.runCoroutine(jobs.napCoroutine, "rested")), "rested");
  remote.disconnect();
});

program("what cannot be done fails at the caller", function* ({ loop, fn }) {
  const remote = new asyncio.RemoteLoop(loop.remote());
  const failure = fn(function* (target: asyncio.Awaitable<unknown>) {
    try {
      yield* on(target);
    } catch (error) {
      return error as Error;
    }
    return assert.fail("it should have failed");
  });
  const refused = yield* on(failure(remote.callSoon(jobs.refuse)));
  assert.ok(refused instanceof asyncio.ValueError);
  assert.match((yield* on(failure(remote.callSoon(jobs.unsendable)))).message, /the result of unsendable cannot be sent/);
  assert.match((yield* on(failure(remote.callSoon(jobs.arrive, (() => 1) as never)))).message, /an argument of arrive cannot be sent/);
  const nowhere = (): void => {};
  asyncio.exported(new URL("./remote-jobs.js", import.meta.url), { nowhere });
  const declared = remote.callSoon(nowhere); // In this thread exported() knows it, though its module does not export it.
  const behind = remote.callSoon(jobs.takeArrived);
  assert.equal(yield* on(declared), undefined);
  assert.deepEqual(yield* on(behind), []);
  assert.match((yield* on(failure(remote.runCoroutine(jobs.takeArrived)))).message, /must be an async function or a generator function/);
  assert.throws(() => remote.callSoon(() => 1), /write in a separate module/);
  remote.disconnect();
});

program("cancelling the caller's future cancels the task", function* ({ loop }) {
  const remote = new asyncio.RemoteLoop(loop.remote());
  const future = remote.runCoroutine(jobs.forever);
  while (!jobs.takeArrived().includes("waiting")) yield* on(asyncio.sleep(0.001));
  assert.equal(future.cancel(), true);
  assert.equal(future.cancelled(), true);
  while (!jobs.takeArrived().includes("cancelled")) yield* on(asyncio.sleep(0.001));
  remote.disconnect();
});

program("a call that is cancelled while its module is looked for takes no other call with it", function* ({ loop }) {
  const remote = new asyncio.RemoteLoop(loop.remote());
  const astray = (): void => {};
  asyncio.exported(new URL("./there-is-no-such-module.js", import.meta.url), { astray });
  const cancelled = remote.callSoon(astray);
  cancelled.cancel();
  assert.deepEqual(yield* on(remote.callSoon(jobs.takeArrived)), []);
  const memory = new Uint8Array(4);
  yield* on(remote.callSoon(jobs.arrive, asyncio.transfer(memory) as never));
  try {
    yield* on(remote.callSoon(jobs.arrive, asyncio.transfer(memory) as never));
    assert.fail("the memory was given away");
  } catch (error) {
    assert.match((error as Error).message, /^an argument of arrive cannot be sent: the memory was already transferred/);
  }
  assert.equal(jobs.takeArrived().length, 1);
  remote.disconnect();
});

eachLoop("a loop that is closed fails what is not answered, and what comes later", async (t) => {
  let remote!: asyncio.RemoteLoop;
  let unanswered!: Promise<Error>;
  await t.run(async () => {
    remote = new asyncio.RemoteLoop(asyncio.getRunningLoop().remote());
    await remote.callSoon(jobs.takeArrived);
    setImmediate(() => (unanswered = rejection(Promise.resolve(remote.runCoroutine(jobs.forever)))));
    await new Promise((resolve) => setImmediate(resolve));
  });
  const error = await unanswered;
  assert.ok(asyncio.isCancelled(error) || error instanceof asyncio.RuntimeError, String(error));
  assert.match((await rejection(remote.callSoon(jobs.takeArrived))).message, /the remote loop is closed/);
  jobs.takeArrived();
});

function inLoop(name: string, body: (t: LoopTest) => Promise<void>, options: TestOptions = {}): void {
  eachLoop(name, (t) => t.run(() => body(t)), options);
}

inLoop("a LoopThread has a loop of the same kind, which runs until it is closed", async () => {
  const thread = new asyncio.LoopThread();
  assert.equal(await thread.callSoon(jobs.loopKind), asyncio.getRunningLoop().constructor.name);
  const [name, id] = await thread.runCoroutine(jobs.nap, 0.001);
  assert.equal(name, "Task-N");
  assert.notEqual(id, 0);
  const left = rejection(thread.runCoroutine(jobs.forever));
  while (!(await thread.callSoon(jobs.isWaiting))) await asyncio.sleep(0.001);
  await thread.close();
  const error = await left;
  assert.ok(asyncio.isCancelled(error) || error instanceof asyncio.RuntimeError, String(error));
});

inLoop("loops of several threads start processes at the same time, and each hears of its own", async () => {
  const threads = [new asyncio.LoopThread(), new asyncio.LoopThread()];
  const all = await asyncio.gather(
    () => jobs.spawn(20, "here"),
    ...threads.map((thread, i) => () => thread.runCoroutine(jobs.spawn, 20, `thread ${i}`)),
  );
  for (const [which, text] of ["here", "thread 0", "thread 1"].entries())
    assert.deepEqual(
      all[which],
      Array.from({ length: 20 }, (_, i) => `${text} ${i} ${i % 3}`),
    );
  for (const thread of threads) await thread.close();
});

inLoop("a LoopThread that dies fails its calls, and close() says of what", async () => {
  const thread = new asyncio.LoopThread();
  const waiting = rejection(thread.runCoroutine(jobs.forever));
  await thread.callSoon(jobs.crash);
  assert.match((await waiting).message, /its thread has ended/);
  const error = await rejection(thread.close());
  assert.ok(error instanceof BrokenThreadPool);
  assert.match(error.message, /the thread dies of this/);
});

inLoop("a LoopThread that ends itself has died too", async () => {
  const thread = new asyncio.LoopThread();
  await rejection(thread.callSoon(jobs.exit, 3));
  const error = await rejection(thread.close());
  assert.ok(error instanceof BrokenThreadPool);
  assert.equal(error.message, "the loop's thread has ended: process.exit(3)");
});

inLoop("a call that has failed at once is an outcome of gather's, and not unhandled", async () => {
  const remote = new asyncio.RemoteLoop(asyncio.getRunningLoop().remote());
  remote.disconnect();
  await rejection(remote.callSoon(jobs.loopKind));
  const outcomes = await asyncio.gather(remote.callSoon(jobs.loopKind), remote.runCoroutine(jobs.nap, 0), { returnExceptions: true });
  for (const outcome of outcomes) assert.match((outcome as Error).message, /the remote loop is closed/);
});

for (const state of ["idle", "blocked"] as const) {
  inLoop(`a thread that is terminated while its loop is ${state} fails the calls into it, and its own calls go on`, async ({ kind }) => {
    jobs.forgetWaiting();
    const loop = asyncio.getRunningLoop();
    const port = loop.remote();
    const worker = new Worker(new URL("./remote-worker.js", import.meta.url), { workerData: { kind, port }, transferList: [port] });
    const [served] = (await asyncio.once(worker, "message")) as [MessagePort];
    const remote = new asyncio.RemoteLoop(served);
    while (!jobs.isWaiting()) await asyncio.sleep(0.001); // The worker's job runs in this loop.
    const pending = Array.from({ length: 10 }, () => rejection(remote.runCoroutine(jobs.forever)));
    assert.equal(await remote.callSoon(jobs.loopKind), loop.constructor.name); // They have arrived.
    if (state === "blocked") pending.push(rejection(remote.callSoon(jobs.hang)));
    await worker.terminate();
    for (const error of await Promise.all(pending)) {
      assert.ok(error instanceof asyncio.RuntimeError);
      assert.match(error.message, /the remote loop is closed, or its thread has ended/);
    }
    assert.ok((await rejection(remote.callSoon(jobs.loopKind))) instanceof asyncio.RuntimeError);
    // The task that the worker started in this loop continues, because the worker's end does not cancel it. The end of the run does.
    const [left] = [...asyncio.allTasks()].filter((task) => task !== asyncio.currentTask());
    assert.equal(left!.done(), false);
    left!.cancel();
    await asyncio.wait([left!]);
    assert.deepEqual(jobs.takeArrived(), ["waiting", "cancelled"]);
  });
}

test("a RemoteLoop nobody waits for does not keep the process alive", async () => {
  const child = await runChild(`
    import * as asyncio from "uvio";
    const loop = asyncio.newEventLoop();
    new asyncio.RemoteLoop(loop.remote());
    console.log("done");
  `);
  assert.deepEqual(child, { code: 0, signal: null, stdout: "done\n", stderr: "" });
});

test("wrong arguments of remote loops and servers are refused at once", () => {
  assert.throws(() => new asyncio.RemoteLoop({} as never), /port must be the MessagePort that loop\.remote\(\) returned, got an object/);
  assert.throws(() => asyncio.serveWorkers(jobs.startEcho, { workers: 0 }), /workers must be a positive integer, got 0/);
  assert.throws(() => asyncio.serveWorkers(jobs.startEcho, { port: -1 }), /port must be an integer from 0 to 65535, got -1/);
  assert.throws(() => new asyncio.RemoteLoop({ postMessage() {} } as never), /port must be the MessagePort/);
  assert.throws(() => asyncio.serveWorkers(jobs.startEcho, 2 as never), /options must be an object such as { workers: 2 }, got 2/);
  assert.throws(() => new asyncio.LoopThread(null as never), /options must be an object such as { loopFactory }, got null/);
  assert.throws(() => asyncio.serveWorkers(() => null as never), /write in a separate module/);
});

/** node:net has reusePort since 22.12, or by the addon. */
const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
const portableReusesPorts = major > 22 || (major === 22 && minor >= 12);
const reusingPorts = { skip: !portableReusesPorts && uvSkipped };

program(
  "serveWorkers runs one server on several threads, and ends in order",
  function* ({ fn }) {
    for (const start of [jobs.startEcho, jobs.startEchoCoroutine]) {
      const servers = yield* on(asyncio.serveWorkers(start, { workers: 2 }));
      const ask = fn(function* () {
        const [reader, writer] = yield* on(asyncio.openConnection("127.0.0.1", servers.port));
        writer.write("hello\n");
        const line = yield* on(reader.readline());
        writer.close();
        return line.toString();
      });
      const threads = new Set<string>();
      for (let i = 0; i < 200 && threads.size < 2; i++) {
        const answer = /^(\d+) hello\n$/.exec(yield* on(ask()));
        assert.ok(answer);
        threads.add(answer[1]!);
      }
      assert.equal(threads.size, 2, "the kernel spreads connections over both");
      const [reader, writer] = yield* on(asyncio.openConnection("127.0.0.1", servers.port));
      writer.write("last\n");
      assert.match((yield* on(reader.readline())).toString(), /last/);
      const closing = asyncio.createTask(servers.close({ timeout: 5 }));
      writer.write("one more\n");
      assert.match((yield* on(reader.readline())).toString(), /one more/, "who is connected is served to the end");
      writer.close();
      yield* on(closing);
    }
  },
  reusingPorts,
);

inLoop(
  "connections that do not end are aborted when close() has waited long enough",
  async () => {
    const servers = await asyncio.serveWorkers(jobs.startEcho, { workers: 1 });
    const [reader, writer] = await asyncio.openConnection("127.0.0.1", servers.port);
    writer.write("first\n");
    assert.match((await reader.readline()).toString(), /first/);
    const ended = asyncio.createTask(async () => {
      try {
        return (await reader.read()).length;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code!;
      }
    });
    await servers.close({ timeout: 0.01 });
    assert.ok([0, "ECONNRESET"].includes(await ended));
    writer.close();
  },
  reusingPorts,
);

inLoop(
  "servers can be closed again, also when one of the threads has died, which close() says",
  async () => {
    const servers = await asyncio.serveWorkers(jobs.startEcho, { workers: 2 });
    assert.throws(() => servers.close({ timeout: NaN }), /timeout must be a number of seconds, got NaN/);
    await asyncio.gather(servers.close(), servers.close());
    await servers.close();
    const others = await asyncio.serveWorkers(jobs.startEcho, { workers: 2 });
    const reported = asyncio.getRunningLoop().createFuture<asyncio.ExceptionContext>();
    asyncio.getRunningLoop().setExceptionHandler((_, context) => reported.setResult(context));
    await rejection(others.threads[0]!.callSoon(jobs.exit, 1));
    const { message, exception } = await reported;
    assert.equal(message, `A thread of serveWorkers() has ended: port ${others.port} is served by 1 of 2 threads now`);
    assert.match(String(exception), /BrokenThreadPool: the loop's thread has ended: process\.exit\(1\)/);
    const [reader, writer] = await asyncio.openConnection("127.0.0.1", others.port);
    writer.write("go on\n");
    assert.match(String(await reader.readline()), /go on/, "the other thread serves on");
    writer.close();
    assert.match((await rejection(others.close())).message, /the loop's thread has ended: process\.exit\(1\)/);
    await rejection(others.close());
  },
  reusingPorts,
);

inLoop("a server that cannot be started ends its threads, with its error", async (t) => {
  assert.match(
    (await rejection(asyncio.serveWorkers(jobs.startNothing, { workers: 2 }))).message,
    /startNothing must return a server .* returned 5/,
  );
  if (t.kind === "node") return; // Two sockets of one thread's kind collide the same way.
  const error = await rejection(asyncio.serveWorkers(jobs.startOnlyOnce, { workers: 2 }));
  assert.equal(error["code"], "EADDRINUSE");
});
