/** Support for tests of executors: a check for threads that outlive a test, and a gate at which jobs wait. */
import assert from "node:assert/strict";
import { afterEach } from "vitest";
import type { Worker } from "node:worker_threads";

const alive = new Set<Worker>();
process.on("worker", (worker) => {
  alive.add(worker);
  worker.once("exit", () => alive.delete(worker));
});

/** Checks after each test of the file that no worker thread is left. */
export function checkWorkersAfterEach(): void {
  afterEach(() => {
    const left = [...alive].map((worker) => worker.threadId);
    alive.clear();
    assert.deepEqual(left, [], "threads outlive the test");
  });
}

/** Where jobs wait: `waitAtGate`. */
export class Gate {
  readonly memory = new SharedArrayBuffer(8);
  readonly #cells = new Int32Array(this.memory);

  /** Resolves when `count` jobs have come. */
  async reached(count: number): Promise<void> {
    for (let here = Atomics.load(this.#cells, 0); here < count; here = Atomics.load(this.#cells, 0)) {
      const { value } = waitAsync(this.#cells, 0, here);
      await value;
    }
  }

  open(): void {
    Atomics.store(this.#cells, 1, 1);
    Atomics.notify(this.#cells, 1);
  }
}

type WaitAsync = (cells: Int32Array, index: number, value: number) => { value: Promise<string> | string };
const { waitAsync } = Atomics as unknown as { waitAsync: WaitAsync };

export async function rejection(promise: PromiseLike<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof Error, `an error expected, got ${String(error)}`);
    return error as Error & Record<string, unknown>;
  }
  return assert.fail("it should have failed");
}
