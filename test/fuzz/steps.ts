/** The operations on futures, tasks and cancellations. */
import * as asyncio from "uvio";
import { on, type Body } from "../support/spellings.js";
import type { Interpreter, Operations, Task } from "./interpreter.js";
import type { Op } from "./programs.js";
import { Boom, nameOf, TooLong } from "./values.js";

/** The task with that index; the current one for null. */
function target(it: Interpreter, index: number | null): Task | null {
  return index === null ? asyncio.currentTask() : it.task(index);
}

type Names = "log" | "s0" | "raise" | "soon" | "call" | "spawn" | "afut" | "cfut" | "sfut" | "efut" | "atask" | "wait" | "try" | "nestfin";
type CancelNames = "self" | "setev" | "cancel" | "uncancel" | "cancels" | "swallow";

function* attempt(it: Interpreter, me: string, op: Op & { k: "try" | "nestfin" }): Body<void> {
  try {
    yield* on(it.runOps(me, op.b));
  } catch (error) {
    if (error instanceof TooLong) throw error;
    it.log(me, "except", nameOf(error));
    yield* on(it.runOps(me, op.h));
    if (!op.sw) throw error;
  } finally {
    it.log(me, "finally");
    yield* on(it.runOps(me, op.f));
  }
}

export const steps: Operations<Names | CancelNames | "eager" | "factory"> = {
  log: (it, me) => it.log(me, "log"),
  *s0(it, me) {
    yield* on(asyncio.sleep(0));
    it.log(me, "s0");
  },
  raise: (_, me) => {
    throw new Boom(me);
  },
  soon: (it, me) => void asyncio.getRunningLoop().callSoon(it.log, "cb", me),
  *call(it, me, op) {
    it.log(me, "call", yield* on(it.runOps(me, op.b)));
  },
  spawn: (it, _, op) => it.start(op.b, (source) => asyncio.createTask(source)),
  *afut(it, me, op) {
    it.log(me, "fut", op.f, yield* on(it.futures[op.f]!));
  },
  cfut: (it, me, op) => it.log(me, "cfut", it.futures[op.f]!.cancel()),
  sfut: (it, me, op) => {
    const future = it.futures[op.f]!;
    if (!future.done()) future.setResult(me);
    else it.futures[op.f] = asyncio.getRunningLoop().createFuture();
  },
  efut: (it, _, op) => {
    const future = it.futures[op.f]!;
    if (future.done()) return;
    future.setException(new Boom("f"));
    future.exception();
  },
  *atask(it, me, op) {
    for (const task of it.awaitable([op.t])) it.log(me, "task", op.t, yield* on(task));
  },
  *wait(it, me, op) {
    const tasks = it.awaitable(op.t);
    if (tasks.length === 0) return;
    const [done, pending] = yield* on(asyncio.wait(tasks, { returnWhen: op.fc ? "FIRST_COMPLETED" : "ALL_COMPLETED" }));
    it.log(me, "wait", done.size, pending.size);
  },
  try: attempt,
  nestfin: attempt,

  self: (it, me) => it.log(me, "self", asyncio.currentTask()!.cancel("self")),
  setev: (it, me) => it.log(me, "cancelling", asyncio.currentTask()!.cancelling()),
  cancel: (it, me, op) => {
    const task = it.task(op.t);
    if (task !== null) it.log(me, "cancel", op.t, op.m === null ? task.cancel() : task.cancel(op.m), task.cancelling());
  },
  uncancel: (it, me, op) => {
    const task = target(it, op.t);
    if (task !== null) it.log(me, "uncancel", task.uncancel(), task.cancelling());
  },
  *cancels(it, me, op) {
    const task = target(it, op.t);
    if (task === null) return;
    for (const each of op.s) {
      if (each === "c") it.log(me, "cancel", task.cancel("c"), task.cancelling());
      else if (each === "u") it.log(me, "uncancel", task.uncancel(), task.cancelling());
      else yield* on(asyncio.sleep(0));
    }
  },
  *swallow(it, me, op) {
    try {
      yield* on(it.runOps(me, op.b));
    } catch (error) {
      if (!asyncio.isCancelled(error)) throw error;
      it.log(me, "swallowed", nameOf(error), asyncio.currentTask()!.uncancel());
    }
  },

  *eager(it, me, op) {
    const loop = asyncio.getRunningLoop();
    it.start(op.b, (source) => new asyncio.Task(source, { loop, eagerStart: true }));
    if (it.eager === "waiting") yield* on(asyncio.sleep(0));
    it.log(me, "started", it.lastTask?.done());
  },
  factory: (_, __, op) => asyncio.getRunningLoop().setTaskFactory(op.on ? asyncio.eagerTaskFactory : null),
};
