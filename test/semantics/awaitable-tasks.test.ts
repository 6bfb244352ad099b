/** Tasks of library calls: in asyncio `queue.get()` is a coroutine like any other. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { failure, on, program, thrown, turns } from "./scenes.js";

class Pause extends asyncio.Awaitable<string> {
  override *[Symbol.iterator](): asyncio.CoroutineGenerator<string> {
    yield* asyncio.sleep(0);
    return "rested";
  }
}

program("every library call that waits can be a task", function* ({ loop }) {
  const queue = new asyncio.Queue<string>(1);
  const lock = new asyncio.Lock();
  const event = new asyncio.Event();
  const semaphore = new asyncio.Semaphore(1);
  const reader = new asyncio.StreamReader({ loop });
  const got = asyncio.createTask(queue.get());
  const line = asyncio.createTask(reader.readline());
  const happened = asyncio.createTask(event.wait());
  yield* turns(2);
  assert.deepEqual([got.done(), line.done(), happened.done()], [false, false, false]);
  yield* on(asyncio.createTask(queue.put("item")));
  reader.feedData(Buffer.from("line\n"));
  event.set();
  assert.deepEqual([yield* on(got), String(yield* on(line)), yield* on(happened)], ["item", "line\n", true]);
  assert.equal(yield* on(asyncio.createTask(lock.acquire())), true);
  assert.equal(yield* on(asyncio.createTask(semaphore.acquire())), true);
  assert.equal(yield* on(asyncio.createTask(asyncio.sleep(0.001, "slept"))), "slept");
  assert.equal(yield* on(asyncio.createTask(asyncio.sleep(0, "at once"))), "at once");
  assert.equal(yield* on(asyncio.createTask(new Pause())), "rested");
  lock.release();
});

program("server.serveForever() can be a task, which cancelling ends", function* () {
  const server = yield* on(asyncio.startServer(async (_, writer) => writer.close(), "127.0.0.1", 0));
  const serving: asyncio.Task<never> = asyncio.createTask(server.serveForever());
  yield* turns(2);
  assert.equal(server.isServing(), true);
  const writing = (yield* on(asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port)))[1];
  yield* on(asyncio.createTask(writing.drain())); // Nothing has to be waited for.
  writing.close();
  yield* on(writing.waitClosed());
  serving.cancel();
  yield* failure(serving, asyncio.CancelledError);
  assert.equal(server.isServing(), false);
});

program("such a task takes its steps where a coroutine around the call takes them", function* ({ loop, log, lines }) {
  const wrapped = asyncio.coroutine(function* <T>(awaitable: asyncio.Awaitable<T>) {
    return yield* awaitable;
  });
  const trace = function* (make: <T>(awaitable: asyncio.Awaitable<T>) => asyncio.Task<T>) {
    lines.length = 0;
    const queue = new asyncio.Queue<number>();
    const watch = (name: string, task: asyncio.Task<unknown>) => task.addDoneCallback(() => log(name, String(task.result())));
    const beat = (n: number): void => {
      log("turn", n);
      if (n === 2) queue.putNowait(1);
      if (n < 6) loop.callSoon(beat, n + 1);
    };
    loop.callSoon(beat, 0);
    watch("empty", make(queue.get()));
    watch("sleep", make(asyncio.sleep(0, "slept")));
    watch("put", make(new asyncio.Queue<number>().put(5)));
    yield* turns(8);
    return [...lines];
  };
  const expected = yield* trace((awaitable) => asyncio.createTask(wrapped(awaitable)));
  assert.ok(expected.length > 8);
  assert.deepEqual(yield* trace((awaitable) => asyncio.createTask(awaitable)), expected);
});

program("nothing happens before the first step: cancelled before it, the call takes nothing", function* () {
  const queue = new asyncio.Queue<string>();
  queue.putNowait("kept");
  const task = asyncio.createTask(queue.get());
  assert.equal(queue.qsize(), 1);
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
  assert.equal(queue.getNowait(), "kept");
});

program("cancelling one that waits leaves the next item to others", function* () {
  const queue = new asyncio.Queue<string>();
  const [first, second] = [asyncio.createTask(queue.get()), asyncio.createTask(queue.get())];
  yield* turns();
  first.cancel();
  queue.putNowait("for the second");
  yield* failure(first, asyncio.CancelledError);
  assert.equal(yield* on(second), "for the second");
});

program("eager ones that need not wait are done at once", function* () {
  const queue = new asyncio.Queue<string>();
  queue.putNowait("there");
  const task = asyncio.createTask(queue.get(), { eagerStart: true });
  assert.deepEqual([task.done(), task.result()], [true, "there"]);
});

program("groups, gather, waitFor, ensureFuture and task factories take such calls", function* ({ loop, block }) {
  const queue = new asyncio.Queue<number>();
  const body = block(function* (group: asyncio.TaskGroup) {
    return yield* on(group.createTask(asyncio.sleep(0.001, "in the group")));
  });
  assert.equal(yield* on(asyncio.asyncWith(new asyncio.TaskGroup(), body)), "in the group");
  const made: unknown[] = [];
  loop.setTaskFactory((itsLoop, source, options) => {
    made.push(source);
    return new asyncio.Task(source, { ...options, loop: itsLoop });
  });
  const gets = [queue.get(), queue.get(), queue.get()] as const;
  const all = asyncio.gather(gets[0], asyncio.waitFor(gets[1], 60), asyncio.ensureFuture(gets[2]));
  for (const n of [1, 2, 3]) queue.putNowait(n);
  assert.deepEqual(new Set(yield* on(all)), new Set([1, 2, 3]));
  for (const get of gets) assert.ok(made.includes(get), "the factory is given the call itself");
});

program("such a task is called what it was made of", function* () {
  const source = asyncio.sleep(60);
  const task = asyncio.createTask(source, { name: "sleeper" });
  yield* turns();
  assert.equal(task.getCoro(), source);
  assert.deepEqual(task.getStack(), [{ name: "Sleep" }]);
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
});

program("what has begun is refused: futures, tasks, promises", function* (scene) {
  const begun = scene.future();
  assert.match(thrown(() => asyncio.createTask(begun), TypeError).message, /has already started and is not a coroutine; await it directly/);
  assert.match(thrown(() => asyncio.createTask(asyncio.currentTask()!), TypeError).message, /has already started/);
  assert.match(thrown(() => asyncio.createTask(Promise.resolve() as never), TypeError).message, /got a promise, .*pass the function/);
});

eachLoop("run() takes such a call as its main coroutine", async (t) => {
  assert.equal(await t.run(asyncio.sleep(0.001, "done")), "done");
});
