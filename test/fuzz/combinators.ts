/** The operations on gather, shield, TaskGroup, timeout, waitFor and asCompleted. */
import * as asyncio from "uvio";
import { on, type Body } from "../support/spellings.js";
import type { Interpreter, Operations } from "./interpreter.js";
import type { Op } from "./programs.js";
import { Boom, nameOf, stateOf } from "./values.js";

type GatherNames = "gather" | "gathert" | "gathercancel" | "shield" | "shieldf" | "shieldt" | "completed";
type BlockNames = "tg" | "tgadd" | "timeout" | "deadline" | "reschedule" | "wf" | "wf0" | "wft";

type Source = asyncio.TaskSource<unknown> | asyncio.Future<unknown>;

function gather(sources: readonly Source[], returnExceptions: boolean): asyncio.Future<unknown[]> {
  const awaitables = sources as readonly asyncio.Awaitable<unknown>[];
  return returnExceptions ? asyncio.gather(...awaitables, { returnExceptions }) : asyncio.gather(...awaitables);
}

function logGathered(it: Interpreter, me: string, results: readonly unknown[]): void {
  it.log(me, "gather", ...results.map((result) => (result instanceof Error ? nameOf(result) : result)));
}

function children(it: Interpreter, op: { c: Op[][] }): asyncio.TaskSource<string>[] {
  return op.c.map((ops) => it.child.lazy(ops));
}

function* inBlock(it: Interpreter, me: string, block: asyncio.Timeout, ops: Op[]): Body<void> {
  const body = it.writer.block(() => on(it.runOps(me, ops)));
  yield* on(asyncio.asyncWith(block, body));
}

export const combinators: Operations<GatherNames | BlockNames> = {
  *gather(it, me, op) {
    logGathered(it, me, yield* on(gather(children(it, op), op.re)));
  },
  *gathert(it, me, op) {
    const sources = [...it.awaitable(op.t), ...op.f.map((index) => it.futures[index]!)];
    logGathered(it, me, yield* on(gather(sources, op.re)));
  },
  *gathercancel(it, me, op) {
    const gathered = gather(children(it, op), op.re);
    asyncio.getRunningLoop().callSoon(() => gathered.cancel("gather"));
    yield* on(it.runOps(me, op.b));
    logGathered(it, me, yield* on(gathered));
  },
  *shield(it, me, op) {
    it.log(me, "shield", yield* on(asyncio.shield(it.child.lazy(op.b))));
  },
  *shieldf(it, me, op) {
    it.log(me, "shield", yield* on(asyncio.shield(it.futures[op.f]!)));
  },
  *shieldt(it, me, op) {
    for (const task of it.awaitable([op.t])) it.log(me, "shield", yield* on(asyncio.shield(task)));
  },
  *completed(it, me, op) {
    const iterator = asyncio.asCompleted<asyncio.AwaitableSource<unknown>>([...children(it, op), ...it.awaitable(op.t)], { timeout: op.n });
    let n = 0;
    if (op.async) {
      yield* on(
        it.writer.each(iterator, function* (future) {
          it.log(me, "completed", stateOf(future));
          yield* on(it.runOps(me, op.b));
          return n++ === op.brk ? asyncio.BREAK : null;
        }),
      );
    } else {
      for (const next of iterator) {
        try {
          it.log(me, "completed", yield* on(next));
        } catch (error) {
          if (!(error instanceof Boom)) throw error;
          it.log(me, "completed", nameOf(error));
        }
        yield* on(it.runOps(me, op.b));
        if (n++ === op.brk) break;
      }
    }
    it.log(me, "completed all");
  },

  *tg(it, me, op) {
    const body = it.writer.block(function* (group: asyncio.TaskGroup) {
      it.groups.push(group);
      for (const ops of op.c) group.createTask(it.child.lazy(ops, undefined, true));
      yield* on(it.runOps(me, op.b));
    });
    yield* on(asyncio.asyncWith(new asyncio.TaskGroup(), body));
    it.log(me, "tg end");
  },
  tgadd: (it, me, op) => {
    if (it.groups.length === 0) return;
    it.groups[op.t % it.groups.length]!.createTask(it.child.lazy(op.b, undefined, true));
    it.log(me, "added");
  },
  *timeout(it, me, op) {
    const block = asyncio.timeout(op.n);
    try {
      yield* inBlock(it, me, block, op.b);
    } catch (error) {
      if (!(error instanceof asyncio.TimeoutError)) throw error;
      it.log(me, "timed out");
    }
    it.log(me, "expired", block.expired());
  },
  *deadline(it, me, op) {
    const block = asyncio.timeout(op.n);
    it.deadlines.push(block);
    try {
      yield* inBlock(it, me, block, op.b);
    } finally {
      it.log(me, "deadline", block.expired());
    }
  },
  reschedule: (it, me, op) => {
    if (it.deadlines.length === 0) return;
    const block = it.deadlines[op.t % it.deadlines.length]!;
    block.reschedule(op.n === null ? null : asyncio.getRunningLoop().time() + op.n);
    it.log(me, "rescheduled", block.expired());
  },
  *wf(it, me, op) {
    it.log(me, "wf", yield* on(asyncio.waitFor(it.runOps.lazy(me, op.b), 1000)));
  },
  *wf0(it, me, op) {
    try {
      it.log(me, "wf0", yield* on(asyncio.waitFor(it.child.lazy(op.b), 0)));
    } catch (error) {
      if (!(error instanceof asyncio.TimeoutError)) throw error;
      it.log(me, "wf0 timeout");
    }
  },
  *wft(it, me, op) {
    for (const task of it.awaitable([op.t])) it.log(me, "wft", yield* on(asyncio.waitFor(task, op.n)));
  },
};
