/** ThreadPoolExecutor and ProcessPoolExecutor by themselves, without a loop. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "vitest";
import { pathToFileURL } from "node:url";
import * as asyncio from "uvio";
import {
  BrokenExecutor,
  BrokenProcessPool,
  BrokenThreadPool,
  exported,
  ProcessPoolExecutor,
  ThreadPoolExecutor,
  transfer,
  type PoolOptions,
} from "uvio/concurrent";
import { FAKES, LIES } from "../support/lying-arrays.js";
import { packageRoot } from "../support/paths.js";
import { copyOf } from "#uvio/util/slab.js";
import * as jobs from "./jobs.js";
import { checkWorkersAfterEach, Gate, rejection } from "./support.js";

checkWorkersAfterEach();

type Pool = ThreadPoolExecutor | ProcessPoolExecutor;

/** One test for each kind of pool, which is shut down at its end. */
function eachPool(name: string, options: PoolOptions, body: (pool: Pool) => Promise<void>): void {
  for (const Kind of [ThreadPoolExecutor, ProcessPoolExecutor]) {
    test(`${name} [${Kind.name}]`, { timeout: 60_000 }, async () => {
      const pool = new Kind(options);
      try {
        await body(pool);
      } finally {
        await pool.shutdown({ cancelFutures: true });
      }
    });
  }
}

function brokenKind(pool: Pool): typeof BrokenExecutor {
  return pool instanceof ThreadPoolExecutor ? BrokenThreadPool : BrokenProcessPool;
}

eachPool("jobs run elsewhere, on as many workers as are asked for, which are used again", { maxWorkers: 2 }, async (pool) => {
  assert.equal(await pool.submit(jobs.add, 1, 2), 3);
  assert.equal(await pool.submit(jobs.insideALoop, 4), 4);
  const places = await Promise.all(Array.from({ length: 8 }, () => pool.submit(jobs.where)));
  const distinct = new Set(places.map(({ pid, thread }) => `${pid} ${thread}`));
  assert.ok(distinct.size <= 2, [...distinct].join());
  assert.ok(!distinct.has(`${process.pid} 0`));
});

eachPool("an error comes back with its class, message, stack, cause and properties", { maxWorkers: 1 }, async (pool) => {
  const custom = await rejection(pool.submit(jobs.fail, "custom"));
  assert.ok(custom instanceof asyncio.ValueError, "of the nearest class that is known here");
  const { name, message, code, details, callback } = custom;
  assert.deepEqual(
    { name, message, code, details, callback },
    { name: "Refused", message: "three at most", code: "E_REFUSED", details: { limit: 3 }, callback: undefined },
  );
  assert.match(custom.stack!, /at fail .*jobs\.js/);
  assert.ok(custom.cause instanceof RangeError);
  assert.equal(custom.cause.message, "4 > 3");

  const group = await rejection(pool.submit(jobs.fail, "group"));
  assert.ok(group instanceof asyncio.ExceptionGroup);
  assert.deepEqual(group.exceptions.map(String), ["TypeError: one", "ValueError: two"]);
  assert.ok(group.subgroup((error) => error instanceof asyncio.ValueError) !== null);

  const dom = await rejection(pool.submit(jobs.fail, "dom"));
  assert.ok(dom instanceof DOMException);
  assert.equal(dom.name, "AbortError");

  const polluted = await rejection(pool.submit(jobs.fail, "polluted"));
  assert.ok(polluted instanceof RangeError, "a property called __proto__ is a property");
  assert.equal((polluted as { polluted?: string }).polluted, undefined);

  await assert.rejects(
    async () => await pool.submit(jobs.fail, "string"),
    (thrown) => thrown === "just text",
  );
});

test("a system error keeps its code", async () => {
  const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  const error = await rejection(pool.submit(jobs.fail, "system"));
  assert.deepEqual([error["code"], error["syscall"]], ["ENOENT", "chdir"]);
  await pool.shutdown();
});

eachPool("a worker that ends fails its job; the pool goes on", { maxWorkers: 1 }, async (pool) => {
  const died = pool.submit(jobs.exit, 3);
  const next = pool.submit(jobs.double, 2);
  const error = await rejection(died);
  assert.ok(error instanceof brokenKind(pool) && error instanceof BrokenExecutor && error instanceof asyncio.RuntimeError);
  assert.match(error.message, /exit has ended: .*code:? 3/);
  assert.equal(await next, 4);
  assert.ok((await rejection(pool.submit(jobs.failUncaught))) instanceof brokenKind(pool));
  assert.equal(await pool.submit(jobs.double, 3), 6);
});

test("a thread that exceeds its memory limit fails its job, not the pool", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, resourceLimits: { maxOldGenerationSizeMb: 24 } });
  const error = await rejection(pool.submit(jobs.fillMemory));
  assert.ok(error instanceof BrokenThreadPool);
  assert.match(error.message, /memory/);
  assert.equal(await pool.submit(jobs.double, 3), 6);
  await pool.shutdown();
});

test("a process that is killed fails its job with the signal's name", async () => {
  const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  assert.match((await rejection(pool.submit(jobs.killItself))).message, /killed by SIGKILL/);
  assert.equal(await pool.submit(jobs.double, 3), 6);
  await pool.shutdown();
});

eachPool("what cannot be sent is a TypeError that says which way", { maxWorkers: 1 }, async (pool) => {
  const argument = await rejection(pool.submit(jobs.kindOf, () => 1));
  assert.ok(argument instanceof TypeError);
  assert.match(argument.message, /an argument of kindOf cannot be sent: .*; use plain data/);
  const before = await pool.submit(jobs.where);
  const result = await rejection(pool.submit(jobs.returnFunction));
  assert.ok(result instanceof TypeError);
  assert.match(result.message, /the result of returnFunction cannot be sent: .*; return plain data/);
  assert.deepEqual(await pool.submit(jobs.where), before, "the worker lives on");
});

eachPool("a function that is not where it was said to be is a LookupError", { maxWorkers: 1 }, async (pool) => {
  const nobody = (): void => {};
  const astray = (): void => {};
  exported(new URL("./jobs.js", import.meta.url), { nobody });
  exported(new URL("./not-there.js", import.meta.url), { astray });
  const missing = await rejection(pool.submit(nobody));
  assert.ok(missing instanceof asyncio.LookupError);
  assert.match(missing.message, /jobs\.js has no exported function nobody, got undefined/);
  const module = await rejection(pool.submit(astray));
  assert.ok(module instanceof asyncio.LookupError);
  assert.match(module.message, /not-there\.js of astray cannot be imported/);
  assert.ok(module.cause instanceof Error);
});

/** A module of the package's user, in TypeScript. */
function writeModule(t: TestContext): URL {
  const folder = mkdtempSync(path.join(packageRoot, "build", "ts-")); // Where "uvio" can be imported.
  t.onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "work.ts");
  writeFileSync(
    file,
    `import { exported } from "uvio/concurrent";
    interface Box { readonly value: number }
    export function triple(box: Box): number { return box.value * 3; }
    exported(import.meta, { triple });`,
  );
  return pathToFileURL(file);
}

const runsTypeScript = "typescript" in process.features && process.features.typescript !== false;

for (const Kind of [ThreadPoolExecutor, ProcessPoolExecutor]) {
  test(`a function of a .ts module runs where Node runs TypeScript, and else the error says what to do [${Kind.name}]`, async (t) => {
    const url = writeModule(t);
    const pool = new Kind({ maxWorkers: 1 });
    if (runsTypeScript) {
      const { triple } = (await import(url.href)) as { triple: (box: { value: number }) => number };
      assert.equal(await pool.submit(triple, { value: 5 }), 15);
    } else {
      const triple = (_box: { value: number }): number => 0;
      exported(url, { triple });
      const error = await rejection(pool.submit(triple, { value: 5 }));
      assert.ok(error instanceof asyncio.LookupError);
      assert.match(error.message, /work\.ts of triple cannot be imported: .*from 22\.18 on\. Compile the module/);
    }
    await pool.shutdown();
  });
}

eachPool("a coroutine that a job returns is a TypeError: nobody would run it", { maxWorkers: 1 }, async (pool) => {
  assert.match((await rejection(pool.submit(jobs.coroutineOf, 1))).message, /coroutineOf returned .*return asyncio\.run/);
});

eachPool("Buffers arrive as Buffers, in both directions", { maxWorkers: 1 }, async (pool) => {
  assert.equal(await pool.submit(jobs.kindOf, Buffer.from("there")), "Buffer there");
  const back = await pool.submit(jobs.bufferOf, "back");
  assert.ok(Buffer.isBuffer(back));
  assert.equal(back.toString(), "back");
});

test("memory is transferred when asked, in both directions, and copied otherwise", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const copied = new Uint8Array(10);
  const moved = new Uint8Array(10);
  assert.equal(await pool.submit(jobs.kindOf, copied), "[object Uint8Array]");
  assert.equal(await pool.submit(jobs.kindOf, transfer(moved)), "[object Uint8Array]");
  assert.deepEqual([copied.length, moved.length], [10, 0]);
  assert.deepEqual(await pool.submit(jobs.giveAway, 3), new Uint8Array([7, 7, 7]));
  assert.equal(await pool.submit(jobs.lengthOfGiven), 0);
  await pool.shutdown();
});

test("transfer copies a view whose memory is shared with other Buffers", async () => {
  const [one, two] = [copyOf(Buffer.from("one")), copyOf(Buffer.from("two"))];
  assert.equal(one.buffer, two.buffer, "received messages share memory");
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  assert.equal(await pool.submit(jobs.kindOf, transfer(one)), "Buffer one");
  assert.equal(await pool.submit(jobs.kindOf, transfer(new Uint16Array(two.buffer, two.byteOffset & ~1, 1))), "[object Uint16Array]");
  assert.deepEqual([String(one), String(two)], ["one", "two"]);
  await pool.shutdown();
});

test("transfer copies the bytes that a lying view has", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  for (const [what, lie] of Object.entries(LIES)) {
    const near = copyOf(Buffer.from("secret"));
    const { length, ...lies } = Object.getOwnPropertyDescriptors(lie(new Uint8Array(0)));
    const view = Object.defineProperties(copyOf(Buffer.from("its own")), length === undefined ? lies : { ...lies, length });
    assert.equal(await pool.submit(jobs.kindOf, transfer(view)), "Buffer its own", what);
    assert.equal(String(near), "secret", what);
  }
  const view = new DataView(copyOf(Buffer.from("x")).buffer, 0, 1);
  assert.equal(await pool.submit(jobs.kindOf, transfer(view)), "[object DataView]");
  await pool.shutdown();
});

test("an object that only has a Buffer's prototype is sent as an object", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  assert.equal(await pool.submit(jobs.kindOf, FAKES["an object with a Buffer's prototype"]!()), "[object Object]");
  assert.match(
    (await rejection(pool.submit(jobs.kindOf, FAKES["a proxy of a Buffer"]!()))).message,
    /^an argument of kindOf cannot be sent/,
  );
  await pool.shutdown();
});

test("a result without its memory is an error, even if it says that it has bytes", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  assert.match((await rejection(pool.submit(jobs.returnLyingDetached))).message, /^the result of returnLyingDetached cannot be sent/);
  assert.equal(await pool.submit(jobs.add, 1, 2), 3, "the worker goes on");
  await pool.shutdown();
});

eachPool("arguments and results of lying arrays have the bytes that those have", { maxWorkers: 1 }, async (pool) => {
  for (const [what, lie] of Object.entries(LIES)) {
    assert.equal((await pool.submit(jobs.same, lie(Buffer.from("its own")))).toString(), lie(Buffer.from("")) instanceof Buffer ? "its own" : "105,116,115,32,111,119,110", what); // prettier-ignore
  }
  assert.deepEqual([...(await pool.submit(jobs.returnLying))], [1, 2, 3, 4]);
});

test("transfer checks what it is given", () => {
  assert.throws(() => transfer("text"), /value must be an ArrayBuffer, a view of one or a MessagePort, got "text"/);
  assert.throws(() => transfer({}, new Uint8Array(1) as never), /list must be an array/);
});

eachPool(
  "the initializer runs once in each worker, before its jobs",
  { maxWorkers: 1, initializer: jobs.prepare, initargs: ["tables"] },
  async (pool) => {
    assert.equal(await pool.submit(jobs.whatIsPrepared), "tables, of tables");
    assert.equal(await pool.submit(jobs.whatIsPrepared), "tables, of tables");
    assert.ok((await rejection(pool.submit(jobs.exit, 1))) instanceof brokenKind(pool));
    assert.equal(await pool.submit(jobs.whatIsPrepared), "tables, of tables");
  },
);

eachPool("an initializer that fails breaks the pool", { maxWorkers: 1, initializer: jobs.prepare, initargs: ["broken"] }, async (pool) => {
  const [first, second] = [pool.submit(jobs.double, 1), pool.submit(jobs.double, 2)];
  const errors = await Promise.all([rejection(first), rejection(second)]);
  for (const error of errors) assert.ok(error instanceof brokenKind(pool) && error.cause instanceof asyncio.ValueError);
  assert.throws(() => pool.submit(jobs.double, 3), brokenKind(pool));
});

eachPool(
  "terminating: cancelling a running job kills its worker and frees its place",
  { maxWorkers: 1, onCancel: "terminate" },
  async (pool) => {
    const before = await pool.submit(jobs.where);
    const blocked = pool.submit(jobs.block);
    const next = pool.submit(jobs.where);
    assert.equal(blocked.running(), true);
    assert.equal(blocked.cancel(), true);
    assert.ok(asyncio.isCancelled(await rejection(blocked)));
    assert.notDeepEqual(await next, before);
  },
);

eachPool("abandoning: cancel() of a running job is refused", { maxWorkers: 1 }, async (pool) => {
  const running = pool.submit(jobs.double, 1);
  const queued = pool.submit(jobs.double, 2);
  assert.deepEqual([running.cancel(), queued.cancel(), queued.cancel()], [false, true, true]);
  assert.equal(await running, 2);
  assert.ok(asyncio.isCancelled(await rejection(queued)));
  assert.throws(() => queued.result(), asyncio.CancelledError);
});

eachPool("a callback that throws is reported, and concerns neither the other callbacks nor the pool", { maxWorkers: 1 }, async (pool) => {
  const reported: unknown[][] = [];
  const { error: original } = console;
  console.error = (...args: unknown[]) => void reported.push(args);
  try {
    const calls: string[] = [];
    const failing = (): void => {
      throw new Error("in the callback");
    };
    const job = pool.submit(jobs.double, 1);
    job.addDoneCallback(failing);
    job.addDoneCallback(() => calls.push("second"));
    assert.equal(await job, 2);
    job.addDoneCallback(failing);
    assert.deepEqual(calls, ["second"]);
    assert.equal(await pool.submit(jobs.double, 2), 4);
  } finally {
    console.error = original;
  }
  assert.equal(reported.length, 2);
  assert.match(String(reported[0]), /^Exception in a callback of <ConcurrentFuture finished>,Error: in the callback/);
});

eachPool("messages that a job sends to the parent process are not its result", { maxWorkers: 1 }, async (pool) => {
  assert.equal(await pool.submit(jobs.sendMessages), "done");
  assert.equal(await pool.submit(jobs.double, 2), 4);
});

eachPool("what cannot be read, thrown or returned, fails its job and not the worker", { maxWorkers: 1 }, async (pool) => {
  const before = await pool.submit(jobs.where);
  assert.match((await rejection(pool.submit(jobs.fail, "unreadable"))).message, /^the thrown value cannot be read/);
  if (pool instanceof ThreadPoolExecutor) {
    // Between processes Node 24 and later send such a view as an empty one.
    assert.match((await rejection(pool.submit(jobs.returnDetached))).message, /^the result of returnDetached cannot be sent/);
  }
  assert.deepEqual(await pool.submit(jobs.where), before);
});

eachPool("transfer inside of an argument is refused, and says where it belongs", { maxWorkers: 1 }, async (pool) => {
  const error = await rejection(pool.submit(jobs.kindOf, { memory: transfer(new Uint8Array(1)) }));
  assert.match(error.message, /^an argument of kindOf cannot be sent: .*transfer\(\) can mark only a whole argument or result/);
  assert.equal(await pool.submit(jobs.double, 1), 2);
});

test("memory that was given away already is refused, on either way", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const memory = new Uint8Array(4);
  const [first, second] = [pool.submit(jobs.kindOf, transfer(memory)), pool.submit(jobs.kindOf, transfer(memory))];
  assert.equal(await first, "[object Uint8Array]");
  assert.match((await rejection(second)).message, /^an argument of kindOf cannot be sent: the memory was already transferred/);
  assert.equal(await pool.submit(jobs.double, 2), 4);
  await pool.shutdown();
});

eachPool("chunks of map send Buffers and memory given away as single calls do", { maxWorkers: 1 }, async (pool) => {
  for (const chunksize of [1, 2]) {
    const moved = new Uint8Array(2);
    const kinds: string[] = [];
    for await (const kind of pool.map(jobs.kindOf, [Buffer.from("a"), transfer(moved), Buffer.from("b")], { chunksize })) kinds.push(kind);
    assert.deepEqual(kinds, ["Buffer a", "[object Uint8Array]", "Buffer b"]);
    assert.equal(moved.length, pool instanceof ThreadPoolExecutor ? 0 : 2);
    for await (const result of pool.map(jobs.bufferOf, ["x", "y", "z"], { chunksize })) assert.ok(Buffer.isBuffer(result));
    for await (const result of pool.map(jobs.giveAway, [3, 3, 3], { chunksize })) assert.deepEqual(result, new Uint8Array([7, 7, 7]));
  }
});

eachPool(
  "an initializer's Buffers arrive",
  { maxWorkers: 1, initializer: jobs.prepareKind, initargs: [Buffer.from("c")] },
  async (pool) => {
    assert.equal(await pool.submit(jobs.preparedKind), "Buffer c");
  },
);

eachPool("map takes endless iterables beside one that ends, and lets them clean up", { maxWorkers: 1 }, async (pool) => {
  let cleanedUp = false;
  function* numbers(): Generator<number> {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      cleanedUp = true;
    }
  }
  const sums: number[] = [];
  for await (const sum of pool.map(jobs.add, numbers(), [10, 20])) sums.push(sum);
  assert.deepEqual(sums, [10, 21]);
  assert.equal(cleanedUp, true);
});

eachPool("map's timeout may be longer than Node's timers", { maxWorkers: 1 }, async (pool) => {
  for (const timeout of [1e9, Infinity]) {
    assert.deepEqual(await pool.map(jobs.later, [1], { timeout }).next(), { done: false, value: 1 });
  }
});

eachPool("shutdown runs what is queued, cancelFutures cancels it; then nothing is taken any more", { maxWorkers: 1 }, async (pool) => {
  const kept = [pool.submit(jobs.double, 1), pool.submit(jobs.double, 2)];
  await pool.shutdown();
  assert.deepEqual(await Promise.all(kept), [2, 4]);
  assert.throws(() => pool.submit(jobs.double, 1), { name: "RuntimeError", message: /^cannot schedule new futures after shutdown/ });
  const other = new ThreadPoolExecutor({ maxWorkers: 1 });
  const [running, dropped] = [other.submit(jobs.double, 5), other.submit(jobs.double, 6)];
  const gone = other.shutdown({ cancelFutures: true });
  assert.deepEqual([await running, dropped.cancelled()], [10, true]);
  await gone;
  assert.equal(other.shutdown(), gone);
});

test("shutdown without waiting is done at once", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const job = pool.submit(jobs.waitAtGate, gate.memory, 1);
  await gate.reached(1);
  await pool.shutdown({ wait: false });
  assert.equal(job.done(), false);
  gate.open();
  assert.equal(await job, 1);
  await pool.shutdown();
});

eachPool("map gives results in order, of columns as long as the shortest, alone or in chunks", { maxWorkers: 2 }, async (pool) => {
  for (const chunksize of [1, 2, 10]) {
    const sums: number[] = [];
    for await (const sum of pool.map(jobs.add, [1, 2, 3, 4, 5], new Set([10, 20, 30, 40]), { chunksize })) sums.push(sum);
    assert.deepEqual(sums, [11, 22, 33, 44]);
  }
});

eachPool("map ends with the first error", { maxWorkers: 2 }, async (pool) => {
  const results = pool.map(jobs.fail, ["a", "b", "c"]);
  assert.equal((await rejection(results.next())).message, "a");
  assert.deepEqual(await results.next(), { done: true, value: undefined });
});

test("map fails with TimeoutError when its time is up, and cancels what has not begun", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const results = pool.map(jobs.waitAtGate, [gate.memory, gate.memory], { timeout: 0.01 });
  assert.ok((await rejection(results.next())) instanceof asyncio.TimeoutError);
  assert.deepEqual(await results.next(), { done: true, value: undefined });
  gate.open();
  await pool.shutdown();
  assert.ok(new Int32Array(gate.memory)[0]! <= 1);
});

test("leaving the loop over map's results cancels the rest", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const other = new Gate();
  gate.open();
  for await (const result of pool.map(jobs.waitAtGate, [gate.memory, other.memory, other.memory], [5, 6, 7])) {
    assert.equal(result, 5);
    other.open();
    break;
  }
  await pool.shutdown();
  assert.ok(new Int32Array(other.memory)[0]! <= 1, "the last one was not run");
});

test("wrong arguments are refused before anything is started", () => {
  assert.throws(() => new ThreadPoolExecutor({ maxWorkers: 0 }), /maxWorkers must be 1 or more, got 0/);
  assert.throws(() => new ThreadPoolExecutor({ maxWorkers: 1.5 }), /maxWorkers must be an integer, got 1.5/);
  assert.throws(() => new ProcessPoolExecutor({ onCancel: "shrug" as never }), /onCancel must be "abandon" or "terminate", got "shrug"/);
  assert.throws(() => new ThreadPoolExecutor({ initializer: () => {} }), /initializer: .*write in a separate module/);
  assert.throws(() => new ThreadPoolExecutor({ initializer: jobs.prepare, initargs: [() => 1] }), /initargs must be plain data/);
  assert.throws(() => new ThreadPoolExecutor(4 as never), /options must be an object such as { maxWorkers: 4 }, got 4/);
  assert.throws(() => new ProcessPoolExecutor(null as never), /options must be an object such as { maxWorkers: 4 }, got null/);
  assert.throws(() => new ThreadPoolExecutor({ initializer: jobs.prepare, initargs: "a" as never }), /initargs must be an array, got "a"/);
  assert.throws(() => new ThreadPoolExecutor({ resourceLimits: 5 as never }), /resourceLimits must be an object, got 5/);
  assert.throws(() => new ProcessPoolExecutor({ env: "A=b" as never }), /env must be an object, got "A=b"/);
  const pool = new ThreadPoolExecutor();
  assert.throws(() => pool.shutdown({ wait: 1 as never }), /wait must be a boolean, got 1/);
  assert.throws(() => pool.shutdown(null as never), /options must be an object such as { wait: false }, got null/);
  assert.throws(() => pool.map(jobs.double, 3 as never), /arguments must come as iterables, got 3/);
  assert.throws(() => pool.map(jobs.double, [1], { chunksize: 0 }), /chunksize must be 1 or more, got 0/);
  assert.throws(() => pool.map(jobs.double, [1], { timeout: "1" as never }), /timeout must be a number of seconds, got "1"/);
  assert.throws(() => exported("lodash", { double: jobs.double }), /import\.meta\.resolve\("package"\)/);
  assert.throws(() => exported(7 as never, {}), /module must be import\.meta, or a module's URL, got 7/);
  assert.throws(() => exported(import.meta, { x: 1 as never }), /exported: x must be a function, got 1/);
});
