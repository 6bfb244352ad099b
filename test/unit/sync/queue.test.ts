/** Semantics 86 to 88, and what test_queues has. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../../support/loops.js";
import { eachSpelling, failure, on, program, type Scene, thrown, turns } from "../../semantics/scenes.js";

function getter<T>(scene: Scene, queue: asyncio.Queue<T>, name: string): asyncio.Task<T> {
  return scene.task(function* () {
    const item = yield* on(queue.get());
    scene.log(name, item);
    return item as T;
  });
}

function putter<T>(scene: Scene, queue: asyncio.Queue<T>, item: T): asyncio.Task<void> {
  return scene.task(function* () {
    yield* on(queue.put(item));
    scene.log("put", item);
  });
}

program("86 items go first in first out to getters first come first served", function* (scene) {
  const queue = new asyncio.Queue<number>();
  const tasks = ["a", "b", "c"].map((name) => getter(scene, queue, name));
  yield* turns();
  assert.equal(queue.statistics().getting, 3);
  for (const item of [1, 2, 3]) queue.putNowait(item);
  for (const task of tasks) yield* on(task);
  assert.deepEqual(scene.lines, ["a 1", "b 2", "c 3"]);
});

program("86 put and get that need not wait take no turn of the loop", function* (scene) {
  const queue = new asyncio.Queue<number>();
  scene.loop.callSoon(() => scene.log("turn"));
  for (let i = 0; i < 5; i++) {
    yield* on(queue.put(i));
    assert.equal(yield* on(queue.get()), i);
  }
  assert.deepEqual(scene.lines, []);
});

program(
  "86 the item stays in the queue until the woken getter runs; who takes it meanwhile has it, and the getter waits on",
  function* (scene) {
    const queue = new asyncio.Queue<string>();
    const task = getter(scene, queue, "a");
    yield* turns();
    queue.putNowait("stolen");
    assert.equal(queue.getNowait(), "stolen");
    yield* turns(2);
    assert.equal(task.done(), false);
    queue.putNowait("own");
    assert.equal(yield* on(task), "own");
  },
);

program("86 a getter cancelled after it was woken wakes the next; no item is lost", function* (scene) {
  const queue = new asyncio.Queue<string>();
  const [a, b] = [getter(scene, queue, "a"), getter(scene, queue, "b")];
  yield* turns();
  queue.putNowait("item");
  a.cancel();
  yield* failure(a, asyncio.CancelledError);
  assert.equal(yield* on(b), "item");
});

program("86 a getter cancelled before it was woken does not disturb the order of the others", function* (scene) {
  const queue = new asyncio.Queue<number>();
  const tasks = ["a", "b", "c", "d"].map((name) => getter(scene, queue, name)) as [asyncio.Task<number>, ...asyncio.Task<number>[]];
  yield* turns();
  tasks[0].cancel(); // Runs before the getter that the item wakes.
  queue.putNowait(1);
  yield* turns(3);
  for (const item of [2, 3]) queue.putNowait(item);
  yield* on(asyncio.wait(tasks));
  assert.deepEqual(scene.lines, ["b 1", "c 2", "d 3"]);
});

program("86 getters that time out leave nothing behind", function* (scene) {
  const queue = new asyncio.Queue<string>();
  for (let i = 0; i < 20; i++) yield* failure(asyncio.waitFor(queue.get(), 0), asyncio.TimeoutError);
  yield* failure(asyncio.waitFor(queue.get(), 0.001), asyncio.TimeoutError);
  assert.equal(queue.statistics().getting, 0);
  const task = getter(scene, queue, "last");
  yield* turns();
  queue.putNowait("item");
  assert.equal(yield* on(task), "item");
});

program("87 a full queue holds putters back, first come first served", function* (scene) {
  const queue = new asyncio.Queue<number>(1);
  const tasks = [1, 2, 3].map((item) => putter(scene, queue, item));
  yield* turns(2);
  assert.deepEqual(scene.lines, ["put 1"]);
  assert.deepEqual(queue.statistics(), { size: 1, maxsize: 1, unfinished: 1, getting: 0, putting: 2, shutdown: false });
  assert.equal(queue.full(), true);
  const got: number[] = [];
  for (let i = 0; i < 3; i++) {
    got.push(yield* on(queue.get()));
    yield* turns(2);
  }
  for (const task of tasks) yield* on(task);
  assert.deepEqual(got, [1, 2, 3]);
});

program("87 a putter cancelled while it waits puts nothing, and one cancelled after it was woken wakes the next", function* (scene) {
  const queue = new asyncio.Queue<string>(1);
  queue.putNowait("first");
  const [a, b, c] = ["a", "b", "c"].map((item) => putter(scene, queue, item)) as [
    asyncio.Task<void>,
    asyncio.Task<void>,
    asyncio.Task<void>,
  ];
  yield* turns();
  b.cancel();
  assert.equal(queue.getNowait(), "first");
  a.cancel();
  yield* failure(a, asyncio.CancelledError);
  yield* failure(b, asyncio.CancelledError);
  yield* on(c);
  assert.deepEqual(scene.lines, ["put c"]);
  assert.equal(queue.getNowait(), "c");
  assert.equal(queue.empty(), true);
});

program("87 getters that wait and putters that wait find each other through a queue of one", function* (scene) {
  const queue = new asyncio.Queue<number>(1);
  const gets = ["a", "b", "c"].map((name) => getter(scene, queue, name));
  const puts = [1, 2, 3].map((item) => putter(scene, queue, item));
  yield* on(asyncio.wait([...gets, ...puts]));
  assert.deepEqual(
    gets.map((task) => task.result()),
    [1, 2, 3],
  );
});

program("87 maxsize 0 or less is no limit; getNowait and putNowait say empty and full", function* () {
  for (const maxsize of [0, -1]) {
    const queue = new asyncio.Queue<number>(maxsize);
    for (let i = 0; i < 100; i++) queue.putNowait(i);
    assert.equal(queue.full(), false);
    assert.equal(queue.qsize(), 100);
  }
  const bounded = new asyncio.Queue<number>(2);
  thrown(() => bounded.getNowait(), asyncio.QueueEmpty);
  bounded.putNowait(1);
  bounded.putNowait(2);
  thrown(() => bounded.putNowait(3), asyncio.QueueFull);
  assert.equal(bounded.maxsize, 2);
  for (const bad of ["1", null, NaN]) thrown(() => new asyncio.Queue(bad as never), TypeError);
  yield* turns();
});

program("87 join() waits until every item is done; taskDone() too often is a ValueError", function* (scene) {
  const queue = new asyncio.Queue<number>();
  yield* on(queue.join());
  thrown(() => queue.taskDone(), asyncio.ValueError);
  for (const item of [1, 2]) queue.putNowait(item);
  const joined = scene.task(function* () {
    yield* on(queue.join());
    scene.log("joined");
  });
  for (let i = 0; i < 2; i++) {
    yield* turns(2);
    assert.deepEqual(scene.lines, []);
    queue.getNowait();
    queue.taskDone();
  }
  yield* on(joined);
  thrown(() => queue.taskDone(), asyncio.ValueError);
  queue.putNowait(3);
  assert.equal(queue.statistics().unfinished, 1);
  const again = scene.task(function* () {
    yield* on(queue.join());
  });
  yield* turns(2);
  assert.equal(again.done(), false);
  queue.taskDone();
  yield* on(again);
});

program("88 after shutdown() puts are refused at once, gets once the queue is empty", function* () {
  const queue = new asyncio.Queue<number>();
  queue.putNowait(1);
  queue.putNowait(2);
  queue.shutdown();
  thrown(() => queue.putNowait(3), asyncio.QueueShutDown);
  yield* failure(queue.put(3), asyncio.QueueShutDown);
  assert.equal(yield* on(queue.get()), 1);
  assert.equal(queue.getNowait(), 2);
  thrown(() => queue.getNowait(), asyncio.QueueShutDown);
  yield* failure(queue.get(), asyncio.QueueShutDown);
  queue.taskDone();
  queue.taskDone();
  yield* on(queue.join());
  assert.equal(queue.statistics().shutdown, true);
});

program("88 shutdown() wakes everybody who waits", function* (scene) {
  const empty = new asyncio.Queue<number>();
  const full = new asyncio.Queue<number>(1);
  full.putNowait(0);
  const refused = [getter(scene, empty, "a"), getter(scene, empty, "b"), putter(scene, full, 1), putter(scene, full, 2)];
  yield* turns();
  empty.shutdown();
  full.shutdown();
  for (const task of refused) yield* failure(task, asyncio.QueueShutDown);
  assert.equal(full.qsize(), 1);
  assert.equal(full.getNowait(), 0);
});

program("88 shutdown(true) drops what is in the queue and counts it as done", function* (scene) {
  const queue = new asyncio.Queue<number>();
  for (const item of [1, 2, 3]) queue.putNowait(item);
  assert.equal(queue.getNowait(), 1);
  const joined = scene.task(function* () {
    yield* on(queue.join());
  });
  yield* turns();
  queue.shutdown(true);
  assert.equal(queue.empty(), true);
  yield* failure(queue.get(), asyncio.QueueShutDown);
  yield* turns(2);
  assert.equal(joined.done(), false); // One item was taken and is still being worked on.
  queue.taskDone();
  yield* on(joined);
  thrown(() => queue.taskDone(), asyncio.ValueError);
  const unused = new asyncio.Queue<number>();
  unused.putNowait(1);
  unused.shutdown();
  unused.shutdown(true);
  yield* on(unused.join());
});

program("a LifoQueue gives the newest first, a PriorityQueue the smallest", function* () {
  const lifo = new asyncio.LifoQueue<number>();
  for (const item of [1, 3, 2]) lifo.putNowait(item);
  assert.deepEqual([lifo.getNowait(), lifo.getNowait(), lifo.getNowait()], [2, 3, 1]);
  const priority = new asyncio.PriorityQueue<[number, string]>();
  for (const item of [
    [2, "b"],
    [1, "z"],
    [1, "a"],
    [3, ""],
  ] as [number, string][])
    yield* on(priority.put(item));
  const got: unknown[] = [];
  while (!priority.empty()) got.push(yield* on(priority.get()));
  assert.deepEqual(got, [
    [1, "a"],
    [1, "z"],
    [2, "b"],
    [3, ""],
  ]);
  const longest = new asyncio.PriorityQueue<string>(0, { compare: (a, b) => b.length - a.length });
  for (const item of ["a", "ccc", "bb"]) longest.putNowait(item);
  assert.equal(longest.getNowait(), "ccc");
  thrown(() => new asyncio.PriorityQueue(0, { compare: 42 as never }), TypeError);
});

program("a PriorityQueue refuses items that have no order, and a comparison that throws loses none", function* () {
  const plain = new asyncio.PriorityQueue<unknown>();
  plain.putNowait({});
  for (const item of [{}, 1, undefined, Symbol("s")]) thrown(() => plain.putNowait(item), TypeError);
  assert.equal(plain.qsize(), 1);
  const dated = new asyncio.PriorityQueue<Date>();
  for (const day of [3, 1, 1, 2]) yield* on(dated.put(new Date(2026, 0, day)));
  assert.equal((yield* on(dated.get())).getDate(), 1);

  let refuses = false;
  const compare = (a: number, b: number): number => {
    if (refuses) throw new RangeError("not now");
    return a - b;
  };
  const queue = new asyncio.PriorityQueue<number>(0, { compare });
  for (const item of [5, 3, 4, 1, 2]) queue.putNowait(item);
  refuses = true;
  thrown(() => queue.putNowait(0), RangeError);
  thrown(() => queue.getNowait(), RangeError);
  refuses = false;
  const got: number[] = [];
  while (!queue.empty()) got.push(queue.getNowait());
  assert.deepEqual(got, [1, 2, 3, 4, 5]);
});

program("a subclass changes the order by its hooks", function* (scene) {
  class Unique<T> extends asyncio.Queue<T> {
    readonly #set = new Set<T>();
    override qsize(): number {
      return this.#set.size;
    }
    protected override put_(item: T): void {
      this.#set.add(item);
    }
    protected override get_(): T {
      const [first] = this.#set as Iterable<T>;
      this.#set.delete(first as T);
      return first as T;
    }
  }
  const queue = new Unique<string>(2);
  for (const item of ["a", "a", "b"]) queue.putNowait(item);
  assert.equal(queue.full(), true);
  const task = putter(scene, queue, "c");
  yield* turns();
  assert.deepEqual([queue.getNowait(), queue.getNowait()], ["a", "b"]);
  yield* on(task);
  assert.equal(queue.getNowait(), "c");
  assert.match(String(queue), /^<Unique maxsize=2 size=0/);
});

eachLoop("for await takes items until the queue is shut down and empty, and its break takes no more than was given", async (t) => {
  await t.run(async () => {
    for (const queue of [new asyncio.Queue<number>(), new asyncio.LifoQueue<number>(), new asyncio.PriorityQueue<number>()]) {
      const seen: number[] = [];
      const consumer = asyncio.createTask(async () => {
        for await (const item of queue) seen.push(item);
        return "ended";
      });
      for (let i = 0; i < 3; i++) {
        await queue.put(i);
        await asyncio.sleep(0);
        await asyncio.sleep(0);
      }
      queue.shutdown();
      assert.equal(await consumer, "ended");
      assert.deepEqual(seen, [0, 1, 2]);
    }
    const queue = new asyncio.Queue<number>();
    for (const item of [1, 2]) queue.putNowait(item);
    for await (const item of queue) {
      assert.equal(item, 1);
      break;
    }
    assert.equal(queue.qsize(), 1);
  });
});

eachSpelling("a queue belongs to the loop on which somebody waited first", async (scene) => {
  const queue = new asyncio.Queue<string>();
  const here = scene.fn(function* () {
    const task = getter(scene, queue, "here");
    yield* turns();
    queue.putNowait("item");
    yield* on(task);
  });
  await scene.t.run(here.lazy());
  const elsewhere = scene.fn(function* () {
    yield* failure(queue.get(), asyncio.RuntimeError);
  });
  await scene.t.run(elsewhere.lazy());
});

program("a queue's maxsize may be any number: a fraction, or Infinity for no limit", function* () {
  const queue = new asyncio.Queue<number>(1.3);
  assert.equal(queue.maxsize, 1.3);
  queue.putNowait(1);
  assert.equal(queue.full(), false);
  queue.putNowait(2);
  assert.equal(queue.full(), true);
  thrown(() => queue.putNowait(3), asyncio.QueueFull);
  const endless = new asyncio.Queue<number>(Infinity);
  for (let i = 0; i < 100; i++) yield* on(endless.put(i));
  assert.equal(endless.full(), false);
  for (const wrong of ["1", NaN, null, {}]) thrown(() => new asyncio.Queue(wrong as never), TypeError);
});

program("a priority queue refuses to order values of different kinds", function* () {
  const words: [unknown, unknown][] = [
    [1, "a"],
    ["a", 1],
    [[1, "a"], [1, 2]], // prettier-ignore
    [[1], 1],
    [["b"], "a"],
    [new Date(0), 1],
    [{}, 1],
    [undefined, 1],
    [null, 0],
    [{ valueOf: () => 1 }, { valueOf: () => 2 }],
    [Symbol.iterator, Symbol.iterator.toString()],
  ];
  for (const [first, second] of words) {
    const queue = new asyncio.PriorityQueue<unknown>();
    queue.putNowait(first);
    assert.match(thrown(() => queue.putNowait(second), TypeError).message, /^cannot compare .+; pass an order/);
    assert.equal(queue.qsize(), 1);
  }
  const queue = new asyncio.PriorityQueue<unknown>();
  for (const item of [2, 3n, true, 0.5]) yield* on(queue.put(item));
  assert.deepEqual([queue.getNowait(), queue.getNowait(), queue.getNowait(), queue.getNowait()], [0.5, true, 2, 3n]);
});
