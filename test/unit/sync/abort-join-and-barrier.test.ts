/** `{ signal }` on the waits that are made of other waits: Queue.join and Barrier.wait. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../../support/loops.js";

eachLoop("an aborted join rejects with the signal's reason and leaves the queue as it is", async (t) => {
  await t.run(async () => {
    const queue = new asyncio.Queue<number>();
    queue.putNowait(1);
    const controller = new AbortController();
    const reason = new Error("enough");
    const waiting = asyncio.createTask(async () => await queue.join({ signal: controller.signal }));
    await asyncio.sleep(0);
    controller.abort(reason);
    await assert.rejects(
      async () => await waiting,
      (error) => error === reason,
    );
    queue.getNowait();
    queue.taskDone();
    assert.equal(await queue.join(), undefined);
  });
});

eachLoop("an aborted wait leaves the barrier, which still fills with the others", async (t) => {
  await t.run(async () => {
    const barrier = new asyncio.Barrier(2);
    const controller = new AbortController();
    const reason = new Error("enough");
    const first = asyncio.createTask(async () => await barrier.wait({ signal: controller.signal }));
    await asyncio.sleep(0);
    assert.equal(barrier.nWaiting, 1);
    controller.abort(reason);
    await assert.rejects(
      async () => await first,
      (error) => error === reason,
    );
    assert.equal(barrier.nWaiting, 0);
    const indices = await asyncio.gather(barrier.wait(), barrier.wait());
    assert.deepEqual(
      [...indices].sort((a, b) => a - b),
      [0, 1],
    );
    await assert.rejects(
      async () => await barrier.wait({ signal: controller.signal }),
      (error) => error === reason,
    );
  });
});
