/** Async generators: what their first resumption may be, and what shutdownAsyncgens() reports. */
import assert from "node:assert/strict";
import { test } from "vitest";
import * as asyncio from "uvio";
import { runChild } from "../support/child.js";
import { LOOP_KINDS, loopSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";
import { Boom, failure, on, program } from "./scenes.js";

const numbers = asyncio.asyncGenerator(function* numbers(emit: asyncio.Emit<number>) {
  for (let i = 0; ; i++) {
    const sent = yield* emit(i);
    if (sent !== undefined && sent !== null) yield* emit(100 + (sent as number));
  }
});

program("asend(value) on a new async generator is a TypeError that leaves it new", function* () {
  const items = numbers();
  const error = yield* failure(items.asend(5), TypeError);
  assert.match(error.message, /^can't send non-null value to a just-started async generator/);
  assert.equal(yield* on(items.anext()), 0);
  assert.equal(yield* on(items.asend(5)), 105);
  yield* on(items.aclose());
  yield* failure(items.asend(5), asyncio.StopAsyncIteration);
  const other = numbers();
  assert.equal(yield* on(other.asend(null)), 0);
  yield* on(other.aclose());
  const closed = numbers();
  yield* on(closed.aclose());
  yield* failure(closed.asend(5), asyncio.StopAsyncIteration);
});

program("athrow() into a generator that has ended does nothing, as in Python", function* () {
  const one = asyncio.asyncGenerator(function* one(emit: asyncio.Emit<number>) {
    yield* emit(1);
  });
  const exhausted = one();
  yield* on(exhausted.anext());
  yield* failure(exhausted.anext(), asyncio.StopAsyncIteration);
  const closed = one();
  yield* on(closed.aclose());
  const failed = one();
  yield* failure(failed.athrow(new Boom()), Boom);
  for (const items of [exhausted, closed, failed]) {
    assert.equal(yield* on(items.athrow(new Boom())), undefined);
    yield* failure(items.anext(), asyncio.StopAsyncIteration);
    yield* on(items.aclose());
  }
});

program("shutdownAsyncgens reports what a generator throws with the generator, and no cancellation", function* (scene) {
  const throwing = asyncio.asyncGenerator(function* throwing(emit: asyncio.Emit<number>, error: unknown) {
    try {
      yield* emit(1);
    } finally {
      yield* asyncio.sleep(0);
      // eslint-disable-next-line no-unsafe-finally -- A program may.
      throw error;
    }
  });
  const errors = [new TypeError("first"), "a word", 5, null, new asyncio.CancelledError(), undefined];
  const made = errors.map((error) => throwing(error));
  for (const items of made) yield* on(items.anext());
  yield* on(scene.loop.shutdownAsyncgens());
  const reports = scene.t.takeReports();
  const expected = errors.map((error, i) => ({ exception: error, asyncgen: made[i] })).filter((_, i) => i !== 4);
  assert.deepEqual(
    reports.map(({ exception, asyncgen }) => ({ exception, asyncgen })),
    expected,
  );
  reports.forEach(({ asyncgen }, i) => assert.equal(asyncgen, expected[i]!.asyncgen));
  for (const { message } of reports)
    assert.equal(message, "an error occurred during closing of asynchronous generator <async generator throwing>");
});

for (const kind of LOOP_KINDS) {
  test(`a KeyboardInterrupt that ends a run is not reported as never retrieved [${kind}]`, unless(loopSkipped(kind)), async () => {
    const source = `
      import * as asyncio from "uvio";
      import * as uvloop from "uvio/uvloop";
      const newLoop = () => ${kind === "uv" ? "uvloop.newEventLoop()" : "new asyncio.NodeEventLoop()"};
      const raise = async () => { throw new asyncio.KeyboardInterrupt("stop"); };
      const raiseAgain = asyncio.coroutine(function* () { throw new asyncio.KeyboardInterrupt("stop"); });
      for (const main of [raise, raiseAgain, raiseAgain()]) {
        await asyncio.run(main, { loopFactory: newLoop }).catch((error) => console.log(error.name));
        const loop = newLoop();
        await loop.runUntilComplete(typeof main === "function" ? main : raiseAgain()).catch((error) => console.log(error.name));
        await loop.runUntilComplete(async () => { asyncio.createTask(raise); await asyncio.sleep(9); }).catch((error) => console.log(error.name));
        for (const task of asyncio.allTasks(loop)) task.cancel();
        await loop.runUntilComplete(() => asyncio.sleep(0.01));
        loop.close();
      }
      for (let i = 0; i < 5; i++) { gc(); await new Promise(setImmediate); }`;
    const { code, stdout, stderr } = await runChild(source, { nodeArgs: ["--expose-gc"] });
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "KeyboardInterrupt\n".repeat(9), stderr: "" });
  });
}
