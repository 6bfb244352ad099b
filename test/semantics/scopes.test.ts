/**
 * Blocks that run at the same time in one task of async functions (`Promise.all`) do what they would do as tasks of their own: `timeout`,
 * `waitFor` and `TaskGroup` cancel what is awaited inside them and nothing else.
 */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { Boom } from "./scenes.js";

type Log = (text: string) => void;
type Branch = (log: Log) => Promise<unknown>;

/** The timeout of blocks that are to end by their deadline. */
const SHORT = 0.005;
const LONG = 3600;

async function forever(log: Log): Promise<never> {
  try {
    return (await asyncio.sleep(LONG)) as never;
  } finally {
    log("left");
  }
}

/** Works for a while, so that a task that swallowed a cancellation differs from one that was not cancelled. */
async function working(log: Log, result = "worked"): Promise<string> {
  for (let i = 0; i < 8; i++) await asyncio.sleep(0.001);
  log(result);
  return result;
}

const within = <T>(seconds: number, body: () => Promise<T>): asyncio.Coroutine<T> =>
  asyncio.asyncWith(asyncio.timeout(seconds), body) as asyncio.Coroutine<T>;
const inGroup = <T>(body: (group: asyncio.TaskGroup) => Promise<T>): asyncio.Coroutine<T> =>
  asyncio.asyncWith(new asyncio.TaskGroup(), body) as asyncio.Coroutine<T>;

const branchesOf = (short: number): Record<string, Branch> => ({
  works: async (log) => await working(log),
  "a short waitFor": async (log) => await asyncio.waitFor(() => forever(log), short),
  "a long waitFor": async (log) => await asyncio.waitFor(() => working(log), LONG),
  "a timeout": async (log) => await within(short, () => forever(log)),
  "a short waitFor in a long timeout": async (log) =>
    await within(LONG, async () => {
      await assert.rejects(async () => await asyncio.waitFor(() => forever(log), short), asyncio.TimeoutError);
      return await working(log, "went on");
    }),
  "a long waitFor in a short timeout": async (log) => await within(short, async () => await asyncio.waitFor(() => forever(log), LONG)),
  "two waits in a timeout": async (log) => await within(short, () => Promise.all([forever(log), forever(log)])),
  "a waitFor beside a wait, in a timeout": async (log) =>
    await within(60 * short, async () => {
      const both = await Promise.allSettled([asyncio.waitFor(() => forever(log), short), forever(log)]);
      return both.map((one) => one.status === "rejected" && describe(one.reason));
    }),
  "a group whose task fails": async (log) =>
    await inGroup(async (group) => {
      group.createTask(async () => {
        await asyncio.sleep(short);
        throw new Boom();
      });
      await forever(log);
    }),
  "a group that waits for its task": async (log) => await inGroup(async (group) => void group.createTask(() => working(log))),
  "a group in a timeout": async (log) =>
    await within(
      short,
      async () =>
        await inGroup(async (group) => {
          group.createTask(() => forever(log));
          await forever(log);
        }),
    ),
  "a timeout in a group": async (log) => await inGroup(async () => await within(short, () => forever(log))),
  "a failing task in a group in a group": async (log) =>
    await inGroup(async () => {
      await inGroup(async (group) => {
        group.createTask(async () => {
          await asyncio.sleep(short);
          throw new Boom();
        });
        await forever(log);
      });
    }),
  "a timeout in a timeout that is over sooner": async (log) =>
    await within(short, async () => {
      await within(2 * short, () => forever(log));
    }),
  "a lock": async (log) => {
    const lock = new asyncio.Lock();
    await lock.acquire();
    await assert.rejects(async () => await asyncio.waitFor(lock.acquire(), short), asyncio.TimeoutError);
    lock.release();
    assert.equal(lock.locked(), false);
    log("free");
  },
});

async function outcome(branch: Branch): Promise<string[]> {
  const lines: string[] = [];
  const log = (text: string): void => void lines.push(text);
  try {
    const value = await branch(log);
    lines.push(`value ${Array.isArray(value) ? value.join() : String(value)}`);
  } catch (error) {
    lines.push(describe(error));
  }
  return lines;
}

function describe(error: unknown): string {
  if (error instanceof asyncio.ExceptionGroup) return `group(${error.exceptions.map(describe).join()})`;
  return (error as Error).name;
}

interface Ways {
  together: string[][];
  apart: string[][];
}

/** If `stop` is true, cancels the waiting tasks when all of them wait. */
async function bothWays(list: Branch[], stop = false): Promise<Ways> {
  let together: string[][] = [];
  const task = asyncio.createTask(async () => {
    together = await Promise.all(list.map(outcome));
  });
  const tasks = list.map((branch) => asyncio.createTask(() => outcome(branch)));
  if (stop) {
    for (let i = 0; i < 4; i++) await asyncio.sleep(0);
    for (const one of [task, ...tasks]) one.cancel();
  }
  await task;
  return { together, apart: await Promise.all(tasks) };
}

const branches = branchesOf(SHORT);
/** Whose deadlines are not reached before they are cancelled. */
const patient = branchesOf(60);
const names = Object.keys(branches);
const pairs = names.flatMap((first) => names.map((second) => [first, second] as const));

eachLoop("every pair of blocks in one Promise.all does what separate tasks do", async (t) => {
  await t.run(async () => {
    // All pairs at the same time: most of the time they sleep.
    const check = async ([first, second]: readonly [string, string]): Promise<void> => {
      const { together, apart } = await bothWays([branches[first]!, branches[second]!]);
      assert.deepEqual(together, apart, `${first} beside ${second}`);
    };
    await asyncio.gather(...pairs.map((pair) => () => check(pair)));
  });
});

eachLoop("every pair of blocks in one Promise.all that is cancelled does what separate tasks do that are", async (t) => {
  await t.run(async () => {
    for (const [first, second] of pairs) {
      const { together, apart } = await bothWays([patient[first]!, patient[second]!], true);
      assert.deepEqual(together, apart, `${first} beside ${second}`);
    }
  });
});

eachLoop("all blocks at once in one Promise.all do what separate tasks do", async (t) => {
  await t.run(async () => {
    const { together, apart } = await bothWays(Object.values(branches));
    assert.deepEqual(together, apart);
    assert.ok(apart.flat().length > names.length);
  });
});

eachLoop("two waitFor of different length in one Promise.allSettled end each at its own time", async (t) => {
  await t.run(async () => {
    const done: string[] = [];
    const [short, long] = await Promise.allSettled([
      asyncio.waitFor(() => forever(() => done.push("short left")), SHORT),
      asyncio.waitFor(() => working((text) => done.push(text)), LONG),
    ]);
    assert.equal(short.status === "rejected" && (short.reason as Error).name, "TimeoutError");
    assert.equal(long.status === "fulfilled" && long.value, "worked");
    assert.deepEqual(done, ["short left", "worked"]);
    assert.equal(asyncio.currentTask()!.cancelling(), 0);
  });
});

eachLoop("cancel() of the task reaches every wait in every block of it", async (t) => {
  await t.run(async () => {
    const left: string[] = [];
    const wait = (name: string): Promise<never> => forever(() => left.push(name));
    const task = asyncio.createTask(async () => {
      await Promise.allSettled([
        wait("plain"),
        within(LONG, () => wait("timeout")),
        asyncio.waitFor(() => wait("waitFor"), LONG),
        inGroup(() => wait("group")),
      ]);
    });
    await asyncio.sleep(0);
    await asyncio.sleep(0);
    task.cancel();
    await asyncio.wait([task]);
    assert.deepEqual(left.sort(), ["group", "plain", "timeout", "waitFor"]);
  });
});

eachLoop("a block that has ended leaves nothing for cancellations that come later", async (t) => {
  await t.run(async () => {
    const me = asyncio.currentTask()!;
    for (let i = 0; i < 3; i++) {
      await Promise.allSettled([asyncio.waitFor(() => forever(() => {}), 0.001), asyncio.waitFor(() => forever(() => {}), 0.001)]);
      assert.equal(me.cancelling(), 0);
      await asyncio.sleep(0);
    }
    assert.equal(await asyncio.waitFor(async () => await asyncio.sleep(0, "fine"), LONG), "fine");
  });
});

eachLoop("uncancel() takes back the request of the block that calls it, and leaves a block beside it cancelled", async (t) => {
  await t.run(async () => {
    const me = asyncio.currentTask()!;
    let counts: number[] = [];
    const [here, beside] = await Promise.all([
      outcome(
        async () =>
          await within(SHORT, async () => {
            await assert.rejects(async () => await asyncio.sleep(LONG), asyncio.CancelledError);
            counts = [me.cancelling(), me.uncancel()];
            await asyncio.sleep(0);
          }),
      ),
      outcome(async (log) => await within(SHORT, () => forever(log))),
    ]);
    assert.deepEqual({ here, beside }, { here: ["value undefined"], beside: ["left", "TimeoutError"] });
    assert.equal(counts[0]! - counts[1]!, 1);
    assert.equal(me.cancelling(), 0);
  });
});

eachLoop("a signal that has not aborted survives uncancel() and aborts at the next cancellation", async (t) => {
  await t.run(async () => {
    let signal: AbortSignal | undefined;
    const task = asyncio.createTask(async () => {
      signal = asyncio.currentTask()!.signal;
      asyncio.currentTask()!.uncancel();
      assert.equal(asyncio.currentTask()!.signal, signal);
      await asyncio.sleep(LONG);
    });
    await asyncio.sleep(0);
    task.cancel();
    await asyncio.wait([task]);
    assert.equal(signal!.aborted, true);
  });
});
