/** Runs a test once per kind of loop, and looks afterwards at what it has left behind. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { inspect } from "node:util";
import { loadBinding, type NativeStats } from "#uvio/native-loop/boundary/addon.js";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";
import { unless } from "./unless.js";

export type LoopKind = "node" | "uv";

/** The kinds that tests run on: UVIO_LOOPS names one of them, else both. */
export const LOOP_KINDS: readonly LoopKind[] = (["node", "uv"] as const).filter((kind) =>
  (process.env["UVIO_LOOPS"] ?? "node,uv").split(",").includes(kind),
);

/** Why tests of the native loop are skipped here; false if they are not. */
export const uvSkipped: string | false = ((): string | false => {
  try {
    loadBinding();
    return false;
  } catch (error) {
    return String(error instanceof Error ? error.message : error);
  }
})();

/** Why tests of that loop are skipped here; false if they are not. */
export function loopSkipped(kind: LoopKind): string | false {
  return kind === "uv" ? uvSkipped : false;
}

/** What hangs must fail, and let the other tests run. */
const TEST_TIMEOUT_MS = Number(process.env["TEST_TIMEOUT_MS"] ?? 60_000);

export function makeLoop(kind: LoopKind): asyncio.BaseEventLoop {
  return kind === "uv" ? uvloop.newEventLoop() : new asyncio.NodeEventLoop();
}

/** What a test gets: loops whose exception handlers record. */
export class LoopTest {
  readonly kind: LoopKind;
  /** Calls of the exception handler that the test has not taken. */
  readonly #reports: asyncio.ExceptionContext[] = [];
  readonly #loops: asyncio.BaseEventLoop[] = [];
  readonly #cleanups: (() => void | Promise<void>)[] = [];

  constructor(kind: LoopKind) {
    this.kind = kind;
  }

  /** A loop of this test's kind; the test closes it. */
  readonly newLoop = (): asyncio.BaseEventLoop => {
    const loop = makeLoop(this.kind);
    loop.setExceptionHandler((_, context) => this.#reports.push(context));
    this.#loops.push(loop);
    return loop;
  };

  /** As `asyncio.run`, on a new loop of this test's kind. */
  run<T>(main: asyncio.TaskSource<T>, options: asyncio.RunnerOptions = {}): Promise<T> {
    return asyncio.run(main, { loopFactory: this.newLoop, ...options });
  }

  /** The calls of the exception handler so far. What is taken was expected. */
  takeReports(): asyncio.ExceptionContext[] {
    return this.#reports.splice(0);
  }

  /** Takes exactly one call of the exception handler. */
  takeReport(): asyncio.ExceptionContext {
    const reports = this.takeReports();
    assert.equal(reports.length, 1, `one call of the exception handler expected: ${reports.map(describeReport).join("; ")}`);
    return reports[0]!;
  }

  /** Called after the test, whatever its outcome. */
  after(cleanup: () => void | Promise<void>): void {
    this.#cleanups.push(cleanup);
  }

  async cleanUp(): Promise<void> {
    for (const cleanup of this.#cleanups.reverse()) await cleanup();
  }

  /** What must hold when the test has passed. */
  async checkNothingLeft(): Promise<void> {
    assert.deepEqual(this.#reports.map(describeReport), [], "unexpected calls of the exception handler");
    for (const loop of this.#loops) {
      assert.equal(loop.isClosed(), true, "the test has left a loop open");
      assert.deepEqual([...asyncio.allTasks(loop)].map(String), [], "the test has left tasks unfinished");
    }
    if (this.kind === "uv")
      assert.deepEqual(await settledStats(), { handles: 0, requests: 0, slots: 0 }, "native objects outlive their loop");
  }

  /** After a failure: closes what can be closed, so that the next test starts clean. */
  closeAll(): void {
    for (const loop of this.#loops) if (!loop.isClosed() && !loop.isRunning()) loop.close();
  }

  /** After the test's time is up: ends the run it hangs in, which would keep all later tests from running. */
  async stopAll(): Promise<void> {
    // Again and again: `run` goes on to cancel and await what is left, which may hang as well.
    for (let turns = 0; turns < 20; turns++) {
      for (const loop of this.#loops) if (loop.isRunning()) loop.stop();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function describeReport({ message, exception }: asyncio.ExceptionContext): string {
  return exception === undefined ? message : `${message}: ${exception instanceof Error ? exception.stack : inspect(exception)}`;
}

/** libuv closes handles in later turns: gives it as many as it may need. */
async function settledStats(): Promise<Omit<NativeStats, "arenas">> {
  for (let turns = 0; ; turns++) {
    const { handles, requests, slots } = loadBinding().stats();
    if (turns === 100 || (handles === 0 && requests === 0 && slots === 0)) return { handles, requests, slots };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Of the test whose time was up, if any. */
let stopping: Promise<void> = Promise.resolve();

/** `skip`: why the test cannot run here, if it cannot. */
interface TestOptions {
  skip?: string | false;
}

/** Registers `body` once for each kind of loop. */
export function eachLoop(name: string, body: (t: LoopTest) => void | Promise<void>, options: TestOptions = {}): void {
  for (const kind of LOOP_KINDS) loopTest(kind, name, body, options);
}

/** Registers `body` for one kind of loop: for what the other does not do. */
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
