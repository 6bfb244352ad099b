/** The operations on locks, events, conditions, semaphores, barriers and queues. */
import * as asyncio from "uvio";
import { on, type Body } from "../support/spellings.js";
import type { Interpreter, Operations } from "./interpreter.js";
import type { Op } from "./programs.js";

type LockNames = "lock" | "ewait" | "eset" | "eclear" | "condition" | "cwait" | "cwaitfor" | "cnotify" | "cnotifyraw" | "cwaitraw";
type CountNames = "semaphore" | "sacquire" | "srelease" | "bwait" | "babort" | "breset" | "barrier";
type QueueNames = "put" | "get" | "qput" | "qputnow" | "qget" | "qgetnow" | "qdone" | "qjoin" | "qshutdown";

/** `async with manager:` and, after a line, the operations. */
function* within<T>(
  it: Interpreter,
  me: string,
  manager: asyncio.AsyncManager<T, void>,
  op: { b: Op[] },
  line: (value: T) => unknown[],
): Body<void> {
  const body = it.writer.block(function* (value: T) {
    it.log(me, ...line(value));
    yield* on(it.runOps(me, op.b));
  });
  yield* on(asyncio.asyncWith(manager, body));
}

export const primitives: Operations<LockNames | CountNames | QueueNames> = {
  *lock(it, me, op) {
    yield* within(it, me, it.locks[op.l]!, op, () => ["locked", op.l]);
    it.log(me, "unlocked", op.l);
  },

  *ewait(it, me, op) {
    it.log(me, "event", op.i, yield* on(it.events[op.i]!.wait()));
  },
  eset: (it, me, op) => {
    it.events[op.i]!.set();
    it.log(me, "set", op.i);
  },
  eclear: (it, me, op) => {
    it.log(me, "clear", it.events[op.i]!.isSet());
    it.events[op.i]!.clear();
  },

  *condition(it, me, op) {
    yield* within(it, me, it.conditions[op.i]!, op, () => ["condition", op.i]);
  },
  *cwait(it, me, op) {
    const condition = it.conditions[op.i]!;
    const body = it.writer.block(function* () {
      it.log(me, "waits", op.i);
      it.log(me, "notified", op.i, yield* on(condition.wait()));
    });
    yield* on(asyncio.asyncWith(condition, body));
  },
  *cwaitfor(it, me, op) {
    const condition = it.conditions[op.i]!;
    const body = it.writer.block(function* () {
      const least = it.notified[op.i]! + op.x;
      const reached = (): boolean => {
        it.log(me, "check", it.notified[op.i], least);
        return it.notified[op.i]! >= least;
      };
      it.log(me, "reached", yield* on(condition.waitFor(reached)));
    });
    yield* on(asyncio.asyncWith(condition, body));
  },
  *cnotify(it, me, op) {
    const condition = it.conditions[op.i]!;
    const body = it.writer.block(function* () {
      it.notified[op.i]!++;
      if (op.x === null) condition.notifyAll();
      else condition.notify(op.x);
      it.log(me, "notify", op.i);
    });
    yield* on(asyncio.asyncWith(condition, body));
  },
  cnotifyraw: (it, me, op) => {
    it.conditions[op.i]!.notify();
    it.log(me, "notify", op.i);
  },
  *cwaitraw(it, me, op) {
    it.log(me, "notified", op.i, yield* on(it.conditions[op.i]!.wait()));
  },

  *semaphore(it, me, op) {
    const semaphore = it.semaphores[op.i]!;
    yield* within(it, me, semaphore, op, () => ["semaphore", op.i, semaphore.locked()]);
    it.log(me, "semaphore left", semaphore.locked());
  },
  *sacquire(it, me, op) {
    const semaphore = it.semaphores[op.i]!;
    it.log(me, "acquire", yield* on(semaphore.acquire()), semaphore.locked());
  },
  srelease: (it, me, op) => {
    const semaphore = it.semaphores[op.i]!;
    semaphore.release();
    it.log(me, "release", semaphore.locked());
  },

  *bwait(it, me, op) {
    const barrier = it.barriers[op.i]!;
    it.log(me, "barrier", yield* on(barrier.wait()), barrier.nWaiting, barrier.broken);
  },
  *babort(it, me, op) {
    const barrier = it.barriers[op.i]!;
    yield* on(barrier.abort());
    it.log(me, "abort", barrier.nWaiting, barrier.broken);
  },
  *breset(it, me, op) {
    const barrier = it.barriers[op.i]!;
    yield* on(barrier.reset());
    it.log(me, "reset", barrier.nWaiting, barrier.broken);
  },
  *barrier(it, me, op) {
    yield* within(it, me, it.barriers[op.i]!, op, (index) => ["barrier", index]);
  },

  *put(it, me) {
    yield* on(it.queue.put(me));
    it.log(me, "put", it.queue.qsize());
  },
  *get(it, me) {
    it.log(me, "got", yield* on(it.queue.get()));
  },
  *qput(it, me, op) {
    const queue = it.queues[op.i]!;
    yield* on(queue.put(op.x));
    it.log(me, "put", queue.qsize(), queue.full());
  },
  qputnow: (it, me, op) => {
    const queue = it.queues[op.i]!;
    queue.putNowait(op.x);
    it.log(me, "put", queue.qsize(), queue.full());
  },
  *qget(it, me, op) {
    const queue = it.queues[op.i]!;
    it.log(me, "got", yield* on(queue.get()), queue.empty());
  },
  qgetnow: (it, me, op) => {
    const queue = it.queues[op.i]!;
    it.log(me, "got", queue.getNowait(), queue.empty());
  },
  qdone: (it, me, op) => {
    it.queues[op.i]!.taskDone();
    it.log(me, "task done");
  },
  *qjoin(it, me, op) {
    yield* on(it.queues[op.i]!.join());
    it.log(me, "joined");
  },
  qshutdown: (it, me, op) => {
    it.queues[op.i]!.shutdown(op.now);
    it.log(me, "shut down", it.queues[op.i]!.qsize());
  },
};
