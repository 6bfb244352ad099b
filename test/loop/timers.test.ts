/** Timers of both loops: their order, deadlines and cancellation, and sleep(). */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";

function isInHeap(handle: asyncio.TimerHandle): boolean {
  return (handle as unknown as { scheduled: boolean }).scheduled;
}

eachLoop("timers fire by deadline, equal deadlines in the order they were scheduled", async (t) => {
  const loop = t.newLoop();
  const seen: number[] = [];
  const base = loop.time() + 0.002;
  const deadlines = [3, 1, 2, 1, 3, 2, 1, 2, 3, 1].map((slot, index) => ({ slot, index }));
  for (const { slot, index } of deadlines) loop.callAt(base + slot / 1000, () => seen.push(slot * 100 + index));
  loop.callAt(base + 0.004, () => loop.stop());
  await loop.runForever();
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  assert.equal(seen.length, deadlines.length);
  loop.close();
});

eachLoop("callLater(0) comes after callSoon, also when it was scheduled first", async (t) => {
  const loop = t.newLoop();
  const seen: string[] = [];
  loop.callLater(0, () => seen.push("timer of 0"));
  loop.callAt(loop.time() - 10, () => seen.push("timer of the past"));
  loop.callLater(-1, () => {
    seen.push("negative delay");
  });
  loop.callSoon(() => seen.push("soon"));
  loop.callLater(0.001, () => loop.stop());
  await loop.runForever();
  assert.deepEqual(seen, ["soon", "timer of the past", "negative delay", "timer of 0"]);
  loop.close();
});

eachLoop("no timer fires before its deadline", async (t) => {
  const loop = t.newLoop();
  const early: number[] = [];
  let left = 60;
  for (let i = 0; i < 60; i++) {
    const when = loop.time() + i * 0.00037;
    const handle: asyncio.TimerHandle = loop.callAt(when, () => {
      if (loop.time() < when) early.push(when - loop.time());
      assert.equal(handle.when(), when);
      if (--left === 0) loop.stop();
    });
  }
  await loop.runForever();
  assert.deepEqual(early, []);
  loop.close();
});

eachLoop("time goes on while a callback blocks, and a timer that it makes then is counted from its own now", async (t) => {
  const loop = t.newLoop();
  let made = 0;
  let fired = 0;
  loop.callSoon(() => {
    const before = loop.time();
    while (loop.time() - before < 0.02);
    made = loop.time();
    loop.callLater(0.01, () => {
      fired = loop.time();
      loop.stop();
    });
  });
  await loop.runForever();
  assert.ok(fired - made >= 0.01, `fired ${fired - made} s after it was made`);
  loop.close();
});

eachLoop("a timer due earlier than the one the loop waits for is not late", async (t) => {
  const loop = t.newLoop();
  const far = loop.callLater(3600, () => assert.fail("fired an hour early"));
  const run = loop.runForever();
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise<void>((resolve) => loop.callLater(0.001, resolve));
  far.cancel();
  loop.stop();
  await run;
  loop.close();
});

eachLoop("timers of days neither fire at once nor keep others from firing", async (t) => {
  const loop = t.newLoop();
  const day = 24 * 3600;
  for (const delay of [day, 25 * day, 10_000 * day, Number.MAX_VALUE, Infinity]) {
    loop.callLater(delay, () => assert.fail(`a timer of ${delay} s has fired`));
  }
  loop.callLater(0.002, () => loop.stop());
  await loop.runForever();
  loop.close();
});

eachLoop("a cancelled timer never fires, also when a timer of the same deadline cancels it", async (t) => {
  const loop = t.newLoop();
  const when = loop.time() + 0.001;
  const seen: string[] = [];
  loop.callAt(when, () => {
    seen.push("first");
    second.cancel();
  });
  const second = loop.callAt(when, () => seen.push("second"));
  loop.callAt(when, () => loop.stop());
  await loop.runForever();
  assert.deepEqual(seen, ["first"]);
  assert.equal(second.cancelled(), true);
  loop.close();
});

eachLoop("cancelled timers leave the heap before their deadline", (t) => {
  const loop = t.newLoop();
  const kept = loop.callLater(3600, () => {});
  const handles = Array.from({ length: 1000 }, () => loop.callLater(3600, () => {}));
  for (const handle of handles) handle.cancel();
  assert.ok(handles.filter(isInHeap).length <= 200, "most of them are gone");
  assert.equal(isInHeap(kept), true);
  loop.close();
});

eachLoop("purging cancelled timers keeps the order of the others", async (t) => {
  const loop = t.newLoop();
  const base = loop.time() + 0.002;
  const seen: number[] = [];
  const handles = Array.from({ length: 500 }, (_, i) => loop.callAt(base + ((i * 7919) % 500) / 1e6, () => seen.push((i * 7919) % 500)));
  handles.forEach((handle, i) => {
    if (i % 5 !== 0) handle.cancel();
  });
  loop.callAt(base + 0.001, () => loop.stop());
  await loop.runForever();
  assert.equal(seen.length, 100);
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  loop.close();
});

eachLoop("a timer may cancel itself and schedule another while it fires", async (t) => {
  const loop = t.newLoop();
  const seen: string[] = [];
  const handle = loop.callLater(0, () => {
    handle.cancel();
    seen.push("fired");
    loop.callLater(0, () => {
      seen.push("next");
      loop.stop();
    });
  });
  await loop.runForever();
  assert.deepEqual(seen, ["fired", "next"]);
  loop.close();
});

eachLoop("delays and times that are no numbers are refused", (t) => {
  const loop = t.newLoop();
  for (const value of [NaN, "1", null, undefined, {}]) {
    assert.throws(() => loop.callLater(value as number, () => {}), TypeError);
    assert.throws(() => loop.callAt(value as number, () => {}), TypeError);
  }
  loop.close();
});

eachLoop("sleep gives its result, takes at least its time, and its timer ends with it", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const before = loop.time();
    assert.equal(await asyncio.sleep(0.003, "slept"), "slept");
    assert.ok(loop.time() - before >= 0.003);
    const task = asyncio.createTask(() => asyncio.sleep(3600));
    await asyncio.sleep(0);
    task.cancel();
    await assert.rejects(async () => task, asyncio.CancelledError);
  });
  assert.throws(() => asyncio.sleep("1" as unknown as number), TypeError);
  assert.throws(() => asyncio.sleep(NaN), asyncio.ValueError);
});
