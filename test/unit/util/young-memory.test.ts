/** Buffers of received bytes do not make V8 mark the whole heap. */
import assert from "node:assert/strict";
import { constants, PerformanceObserver, type PerformanceEntry } from "node:perf_hooks";
import { test } from "vitest";
import { setImmediate as nextTurn } from "node:timers/promises";
import { copyOf } from "#uvio/util/slab.js";

const MIB = 2 ** 20;
/** The memory outside the heap that V8 accepts before it marks the whole heap. */
const V8_LIMIT = 64 * MIB;

/** Returns how often V8 marked the whole heap while Buffers of `size` bytes came and went. */
async function markings(size: number, total: number): Promise<number> {
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries() as (PerformanceEntry & { detail: { kind: number } })[])
      if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) count++;
  });
  observer.observe({ entryTypes: ["gc"] });
  const bytes = new Uint8Array(size);
  for (let done = 0; done < total; done += size) {
    assert.equal(copyOf(bytes).length, size);
    if (done % MIB < size) await nextTurn();
  }
  await nextTurn();
  observer.disconnect();
  return count;
}

for (const size of [10 * 1024, 100 * 1024]) {
  test(`the heap is not marked for Buffers of ${size} bytes that nobody keeps`, async () => {
    const total = 1024 * MIB;
    const count = await markings(size, total);
    assert.ok(count < total / V8_LIMIT / 2, `marked ${count} times`);
  });
}
