/** Runs a test on each kind of loop, and afterwards checks that it has left nothing behind. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { inspect } from "node:util";
import { loadBinding, type NativeStats } from "#uvio/native-loop/boundary/addon.js";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";
import { unless } from "./unless.js";

export type LoopKind = "node" | "uv";

/** The kinds of loop that tests run on: those named by UVIO_LOOPS, or both. */
export const LOOP_KINDS: readonly LoopKind[] = (["node", "uv"] as const).filter((kind) =>
  (process.env["UVIO_LOOPS"] ?? "node,uv").split(",").includes(kind),
);

/** The reason why tests of the native loop are skipped; false if they are not. */
export const uvSkipped: string | false = ((): string | false => {
  try {
    loadBinding();
    return false;
  } catch (error) {
    return String(error instanceof Error ? error.message : error);
  }
})();

/** The reason why tests of that loop are skipped; false if they are not. */
export function loopSkipped(kind: LoopKind): string | false {
  return kind === "uv" ? uvSkipped : false;
}

/** A test that hangs must fail, so that the other tests can run. */
const TEST_TIMEOUT_MS = Number(process.env["TEST_TIMEOUT_MS"] ?? 60_000);

export function makeLoop(kind: LoopKind): asyncio.BaseEventLoop {
  return kind === "uv" ? uvloop.newEventLoop() : new asyncio.NodeEventLoop();
}

/** The argument of a test: creates loops and records the calls of their exception handlers. */
export class LoopTest {
  readonly kind: LoopKind;
  /** The calls of the exception handler that the test has not taken yet. */
  readonly #reports: asyncio.ExceptionContext[] = [];
  readonly #loops: asyncio.BaseEventLoop[] = [];
  readonly #cleanups: (() => void | Promise<void>)[] = [];

  constructor(kind: LoopKind) {
    this.kind = kind;
  }

  /** Creates a loop of this test's kind. The test must close it. */
  readonly newLoop = (): asyncio.BaseEventLoop => {
    const loop = makeLoop(this.kind);
    loop.setExceptionHandler((_, context) => this.#reports.push(context));
    this.#loops.push(loop);
    return loop;
  };

  /** Calls `asyncio.run` on a new loop of this test's kind. */
  run<T>(main: asyncio.TaskSource<T>, options: asyncio.RunnerOptions = {}): Promise<T> {
    return asyncio.run(main, { loopFactory: this.newLoop, ...options });
  }

  /** Returns and clears the recorded calls of the exception handler. A call that is not taken fails the test. */
  takeReports(): asyncio.ExceptionContext[] {
    return this.#reports.splice(0);
  }

  /** Takes the only recorded call of the exception handler; fails if there is another number of them. */
  takeReport(): asyncio.ExceptionContext {
    const reports = this.takeReports();
    assert.equal(reports.length, 1, `one call of the exception handler expected: ${reports.map(describeReport).join("; ")}`);
    return reports[0]!;
  }

  /** Registers a function to call after the test, whether it passes or fails. */
  after(cleanup: () => void | Promise<void>): void {
    this.#cleanups.push(cleanup);
  }

  async cleanUp(): Promise<void> {
    for (const cleanup of this.#cleanups.reverse()) await cleanup();
  }

  /** Fails if the test has left exception reports, open loops, unfinished tasks or native objects. */
  async checkNothingLeft(): Promise<void> {
    assert.deepEqual(this.#reports.map(describeReport), [], "unexpected calls of the exception handler");
    for (const loop of this.#loops) {
      assert.equal(loop.isClosed(), true, "the test has left a loop open");
      assert.deepEqual([...asyncio.allTasks(loop)].map(String), [], "the test has left tasks unfinished");
    }
    if (this.kind === "uv")
      assert.deepEqual(await settledStats(), { handles: 0, requests: 0, slots: 0 }, "native objects outlive their loop");
  }

  /** Called after a failure: closes the loops that can be closed, so that the next test starts clean. */
  closeAll(): void {
    for (const loop of this.#loops) if (!loop.isClosed() && !loop.isRunning()) loop.close();
  }

  /** Called after the timeout: ends the run in which the test hangs, because it would block all later tests. */
  async stopAll(): Promise<void> {
    // Repeated, because `run` then cancels and awaits the remaining tasks, which may hang too.
    for (let turns = 0; turns < 20; turns++) {
      for (const loop of this.#loops) if (loop.isRunning()) loop.stop();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function describeReport({ message, exception }: asyncio.ExceptionContext): string {
  return exception === undefined ? message : `${message}: ${exception instanceof Error ? exception.stack : inspect(exception)}`;
}

/** Returns the counts of native objects. Waits up to 100 turns for zero, because libuv closes handles in later turns. */
async function settledStats(): Promise<Omit<NativeStats, "arenas">> {
  for (let turns = 0; ; turns++) {
    const { handles, requests, slots } = loadBinding().stats();
    if (turns === 100 || (handles === 0 && requests === 0 && slots === 0)) return { handles, requests, slots };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Completes when the last test that timed out has been stopped. */
let stopping: Promise<void> = Promise.resolve();

/** `skip` is the reason why the test cannot run here, or false. */
export interface TestOptions {
  skip?: string | false;
}

/** Registers a test once for each kind of loop. */
export function eachLoop(name: string, body: (t: LoopTest) => void | Promise<void>, options: TestOptions = {}): void {
  for (const kind of LOOP_KINDS) loopTest(kind, name, body, options);
}

/** Registers a test for one kind of loop, for features that the other does not have. */
export function onLoop(kind: LoopKind, name: string, body: (t: LoopTest) => void | Promise<void>, options: TestOptions = {}): void {
  if (LOOP_KINDS.includes(kind)) loopTest(kind, name, body, options);
}

function loopTest(kind: LoopKind, name: string, body: (t: LoopTest) => void | Promise<void>, { skip = false }: TestOptions): void {
  const options = { ...unless(skip || loopSkipped(kind)), timeout: TEST_TIMEOUT_MS };
  test(`${name} [${kind}]`, options, async ({ signal }) => {
    await stopping;
    const t = new LoopTest(kind);
    signal.addEventListener("abort", () => (stopping = t.stopAll()));
    try {
      await body(t);
      await t.cleanUp();
      await t.checkNothingLeft();
    } catch (error) {
      await t.cleanUp();
      t.closeAll();
      throw error;
    }
  });
}
