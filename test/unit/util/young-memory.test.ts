/** Buffers of received bytes do not make V8 mark the whole heap. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { runChild } from "../../support/child.js";

const MIB = 2 ** 20;
/** The memory outside the heap that V8 accepts before it marks the whole heap. */
const V8_LIMIT = 64 * MIB;

/**
 * A program that prints how often V8 marked the whole heap while Buffers came and went. It has a process of its own, because the answer
 * depends on the space for young objects, which a test runner's own work enlarges.
 */
const markings = (size: number, total: number) => `
  import { constants, PerformanceObserver } from "node:perf_hooks";
  import { setImmediate as nextTurn } from "node:timers/promises";
  import { copyOf } from "#uvio/util/slab.js";
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) count++;
  });
  observer.observe({ entryTypes: ["gc"] });
  const bytes = new Uint8Array(${size});
  let copied = 0;
  for (; copied < ${total}; copied += bytes.length) {
    if (copyOf(bytes).length !== bytes.length) throw new Error("a copy is too short");
    if (copied % ${MIB} < bytes.length) await nextTurn();
  }
  await nextTurn();
  observer.disconnect();
  console.log(JSON.stringify({ copied, count }));`;

for (const size of [10 * 1024, 100 * 1024]) {
  test(`the heap is not marked for Buffers of ${size} bytes that nobody keeps`, async () => {
    const total = 1024 * MIB;
    const { stdout, stderr } = await runChild(markings(size, total));
    assert.equal(stderr, "");
    const { copied, count } = JSON.parse(stdout) as { copied: number; count: number };
    assert.ok(copied >= total);
    assert.ok(count < total / V8_LIMIT / 2, `marked ${count} times`);
  });
}
