/** Semantics 77 to 79 and 22: the order of run's shutdown, SIGINT, async generators. */
import assert from "node:assert/strict";
import { test } from "vitest";
import * as asyncio from "uvio";
import { runChild } from "../support/child.js";
import { LOOP_KINDS, loopSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";
import { Boom, eachSpelling, failure, on, turns } from "./scenes.js";

eachSpelling("77 run cancels what is left, reports its errors, closes async generators, then closes the loop", async (scene) => {
  let loop: asyncio.BaseEventLoop | undefined;
  let kept: asyncio.AsyncGeneratorObject<number> | undefined;
  const ticks = asyncio.asyncGenerator(function* (emit: asyncio.Emit<number>): asyncio.CoroutineGenerator<void> {
    try {
      for (let i = 0; ; i++) yield* emit(i);
    } finally {
      yield* asyncio.sleep(0);
      scene.log("generator closed", loop!.isClosed());
    }
  });
  const main = scene.fn(function* () {
    loop = scene.loop;
    kept = ticks();
    yield* on(kept.anext());
    scene.task(function* () {
      try {
        yield* on(asyncio.sleep(3600));
      } finally {
        yield* turns(2);
        scene.log("left task cleaned up");
      }
    });
    scene.task(function* () {
      try {
        yield* on(asyncio.sleep(3600));
      } catch {
        throw new Boom("late");
      }
    });
    yield* turns();
    scene.log("main ends");
  });
  await scene.t.run(main.lazy());
  assert.deepEqual(scene.lines, ["main ends", "left task cleaned up", "generator closed false"]);
  assert.equal(loop!.isClosed(), true);
  assert.ok(kept !== undefined); // Until here: else the garbage collector might be first.
  const report = scene.t.takeReport();
  assert.equal(report.message, "unhandled exception during asyncio.run() shutdown");
  assert.ok(report.exception instanceof Boom);
});

eachSpelling("77 run shuts down in the same way when main fails, and rejects with main's error", async (scene) => {
  const main = scene.fn(function* () {
    scene.task(function* () {
      try {
        yield* on(asyncio.sleep(3600));
      } finally {
        scene.log("cleaned up");
      }
    });
    yield* turns();
    throw new Boom("main's");
  });
  await assert.rejects(scene.t.run(main.lazy()), Boom);
  assert.deepEqual(scene.lines, ["cleaned up"]);
});

eachSpelling(
  "22 an async generator that was begun and left is closed by shutdownAsyncgens; errors of its clean-up are reported",
  async (scene) => {
    const boom = new Boom();
    const items = asyncio.asyncGenerator(function* (emit: asyncio.Emit<number>, fails: boolean): asyncio.CoroutineGenerator<void> {
      try {
        yield* emit(1);
      } finally {
        scene.log("closed", fails);
        // eslint-disable-next-line no-unsafe-finally -- that is the test
        if (fails) throw boom;
      }
    });
    const main = scene.fn(function* () {
      const [good, bad, unused] = [items(false), items(true), items(false)];
      assert.equal(yield* on(good.anext()), 1);
      assert.equal(yield* on(bad.anext()), 1);
      yield* on(scene.loop.shutdownAsyncgens());
      assert.deepEqual(scene.lines.sort(), ["closed false", "closed true"]);
      yield* failure(good.anext(), asyncio.StopAsyncIteration);
      void unused;
    });
    await scene.t.run(main.lazy());
    const report = scene.t.takeReport();
    assert.match(report.message, /an error occurred during closing of asynchronous generator/);
    assert.equal(report.exception, boom);
  },
);

eachSpelling("22 asyncFor that ends early leaves the generator open, and its own end, its error and aclose() close it", async (scene) => {
  const items = asyncio.asyncGenerator(function* (emit: asyncio.Emit<number>, count: number): asyncio.CoroutineGenerator<void> {
    try {
      for (let i = 0; i < count; i++) yield* emit(i);
    } finally {
      yield* asyncio.sleep(0);
      scene.log("closed");
    }
  });
  const main = scene.fn(function* () {
    const all: number[] = [];
    yield* on(
      asyncio.asyncFor(
        items(3),
        scene.block(function* (item) {
          all.push(item);
        }),
      ),
    );
    assert.deepEqual(all, [0, 1, 2]);
    assert.deepEqual(scene.lines, ["closed"]);
    const left = items(3);
    yield* on(
      asyncio.asyncFor(
        left,
        scene.block(function* () {
          return asyncio.BREAK;
        }),
      ),
    );
    assert.deepEqual(scene.lines, ["closed"]);
    yield* on(left.aclose());
    assert.deepEqual(scene.lines, ["closed", "closed"]);
    yield* on(left.aclose());
    yield* on(items(1).aclose());
    assert.deepEqual(scene.lines, ["closed", "closed"]);
  });
  await scene.t.run(main.lazy());
});

/** Runs `source` with `loopFactory` and sends itself SIGINT where it says so. */
function interrupted(name: string, body: string, check: (result: { code: number | null; stdout: string; stderr: string }) => void): void {
  for (const kind of LOOP_KINDS) {
    test(`${name} [${kind}]`, unless(loopSkipped(kind)), async () => {
      const factory = kind === "uv" ? "uvloop.newEventLoop()" : "new asyncio.NodeEventLoop()";
      const result = await runChild(`
        import * as asyncio from "uvio";
        import * as uvloop from "uvio/uvloop";
        const interrupt = () => process.kill(process.pid, "SIGINT");
        const run = (main) => asyncio.run(main, { loopFactory: () => ${factory} });
        const outcome = (promise) => promise.then((value) => console.log("value", value), (error) => console.log("error", error.name));
        ${body}`);
      assert.equal(result.stderr, "");
      check(result);
    });
  }
}

interrupted(
  "78 the first SIGINT cancels the main task, which may clean up; run rejects with KeyboardInterrupt",
  `await outcome(run(async () => {
    interrupt();
    try { await asyncio.sleep(3600); } finally { await asyncio.sleep(0.001); console.log("cleaned up"); }
  }));`,
  ({ stdout, code }) => {
    assert.equal(stdout, "cleaned up\nerror KeyboardInterrupt\n");
    assert.equal(code, 0);
  },
);

interrupted(
  "78 SIGINT cancels a main of generators as well",
  `await outcome(run(asyncio.coroutine(function* () {
    interrupt();
    try { yield* asyncio.sleep(3600); } finally { yield* asyncio.sleep(0.001); console.log("cleaned up"); }
  })()));`,
  ({ stdout }) => assert.equal(stdout, "cleaned up\nerror KeyboardInterrupt\n"),
);

interrupted(
  "78 a second SIGINT ends the run at once",
  `await outcome(run(async () => {
    interrupt();
    try { await asyncio.sleep(3600); } catch { interrupt(); console.log("again"); await asyncio.sleep(3600); console.log("not reached"); }
  }));`,
  ({ stdout }) => assert.equal(stdout, "again\nerror KeyboardInterrupt\n"),
);

interrupted(
  "78 SIGINT is left to a program that listens for it",
  `process.once("SIGINT", () => console.log("mine"));
  await outcome(run(async () => { interrupt(); await asyncio.sleep(0.02); return "not cancelled"; }));
  console.log(process.listenerCount("SIGINT"));`,
  ({ stdout }) => assert.equal(stdout, "mine\nvalue not cancelled\n0\n"),
);

interrupted(
  "78 after run the process has no listener for SIGINT left",
  `await run(async () => {}); console.log(process.listenerCount("SIGINT"));`,
  ({ stdout }) => assert.equal(stdout, "0\n"),
);

interrupted(
  "79 a main that swallows the interruption and returns makes run give its value",
  `await outcome(run(async () => {
    interrupt();
    try { await asyncio.sleep(3600); } catch (error) { console.log(error.name); }
    return "went on";
  }));`,
  ({ stdout }) => assert.equal(stdout, "CancelledError\nvalue went on\n"),
);

interrupted(
  "79 a main that is cancelled otherwise rejects with CancelledError, not KeyboardInterrupt",
  `await outcome(run(async () => { asyncio.currentTask().cancel(); await asyncio.sleep(0); }));`,
  ({ stdout }) => assert.equal(stdout, "error CancelledError\n"),
);
