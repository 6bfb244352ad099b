/** The interpreter of record.py in TypeScript, in the spellings that a Writer chooses. Names and order are the same as there. */
import * as asyncio from "uvio";
import { emit, on, type Body, type ItemsBody, type Routine, type Writer } from "../support/spellings.js";
import type { Op } from "./programs.js";

class Boom extends Error {}

/** The program does not end. */
class TooLong extends Error {}
const MAX_STEPS = 3000;

export function nameOf(error: unknown): string {
  if (error instanceof asyncio.CancelledError) return `Cancelled(${error.args.map(String).join(",")})`;
  if (error instanceof AggregateError) return `Group(${error.errors.map(nameOf).join(",")})`;
  if (error instanceof asyncio.TimeoutError) return "TimeoutError";
  if (error instanceof asyncio.InvalidStateError) return "InvalidStateError";
  return error instanceof Error ? `${error.constructor.name}(${error.message})` : String(error);
}

/** As Python prints it. */
function show(value: unknown): string {
  if (value === true) return "True";
  if (value === false) return "False";
  return value === null || value === undefined ? "None" : String(value as string | number);
}

type Task = asyncio.Task<unknown>;

export class Interpreter {
  readonly out: string[] = [];
  readonly main: Routine<[ops: Op[]], void>;
  readonly #writer: Writer;
  readonly #tasks: Task[] = [];
  readonly #ids = new Map<Task, string>();
  readonly #owner = new Map<Task | null, number>();
  readonly #futures: asyncio.Future<unknown>[] = [];
  readonly #runOps: Routine<[me: string, ops: Op[]], string>;
  readonly #child: Routine<[ops: Op[]], string>;
  readonly #step: Routine<[me: string, op: Op], void>;
  readonly #items: (me: string, op: Op & { k: "agen" }) => ReturnType<ReturnType<Writer["items"]>>;
  readonly #locks: asyncio.Lock[] = [];
  readonly #queue = new asyncio.Queue<string>(1);
  #steps = 0;
  #ended = false;
  #started = 0;

  constructor(writer: Writer) {
    this.#writer = writer;
    const self = this; // Generator functions have a `this` of their own.
    this.#runOps = writer.fn(function* runOps(me: string, ops: Op[]) {
      for (const op of ops) yield* on(self.#step(me, op));
      return `r${me}`;
    });
    this.#child = writer.fn(function* child(ops: Op[]) {
      const me = `c${self.#started++}`;
      const task = asyncio.currentTask()!;
      if (!self.#ids.has(task)) self.#ids.set(task, me);
      self.#log(me, "start");
      try {
        return yield* on(self.#runOps(me, ops));
      } finally {
        self.#log(me, "end");
      }
    });
    this.#step = writer.fn(function* step(me: string, op: Op) {
      self.#count();
      yield* self.#perform(me, op);
    });
    this.#items = writer.items((me: string, op: Op & { k: "agen" }) => self.#generate(me, op));
    this.main = writer.fn(function* main(ops: Op[]) {
      yield* self.#main(ops);
    });
  }

  #count(): void {
    if (++this.#steps > MAX_STEPS) throw new TooLong(`more than ${MAX_STEPS} steps`);
  }

  readonly #log = (me: string, ...parts: unknown[]): void => {
    this.#count();
    if (this.#ended) return; // Nothing is recorded after the end of main.
    const task = asyncio.currentTask();
    const current = task === null ? "-" : (this.#ids.get(task) ?? "?");
    this.out.push(`${me}/${current}: ${parts.map(show).join(" ")}`);
  };

  *#main(ops: Op[]): Body<void> {
    const loop = asyncio.getRunningLoop();
    for (let i = 0; i < 4; i++) this.#futures.push(loop.createFuture());
    this.#locks.push(new asyncio.Lock(), new asyncio.Lock());
    loop.setExceptionHandler(() => {});
    const root = asyncio.createTask(this.#child.lazy(ops));
    this.#tasks.push(root);
    this.#ids.set(root, "t0");
    this.#owner.set(root, 0);
    for (let i = 0; i < 30; i++) yield* on(asyncio.sleep(0));
    this.out.push("-- sweep");
    for (let round = 0; round < 12; round++) {
      const live = this.#tasks.filter((task) => !task.done());
      if (live.length === 0) break;
      for (const task of live) task.cancel("sweep");
      for (let i = 0; i < 12; i++) yield* on(asyncio.sleep(0));
    }
    for (const future of this.#futures) future.cancel();
    for (const [i, task] of this.#tasks.entries()) this.out.push(`task ${i} ${stateOf(task)}`);
    this.out.push(`left ${asyncio.allTasks().size - 1}`);
    this.#ended = true;
  }

  *#generate(me: string, op: Op & { k: "agen" }): ItemsBody<number> {
    try {
      for (let i = 0; i < 3; i++) {
        try {
          yield* on(this.#runOps(me, op.b));
          yield* emit(i);
        } catch (error) {
          if (!(error instanceof Boom)) throw error;
          this.#log(me, "agen boom");
        }
      }
    } finally {
      this.#log(me, "agen fin");
      yield* on(this.#runOps(me, op.h));
    }
  }

  /** Tasks that this one may wait for without a cycle. */
  #mayAwait(index: number): boolean {
    return index < this.#tasks.length && index > (this.#owner.get(asyncio.currentTask()) ?? -1);
  }

  *#perform(me: string, op: Op): Body<void> {
    const log = this.#log;
    switch (op.k) {
      case "log":
        return log(me, "log");
      case "s0":
        yield* on(asyncio.sleep(0));
        return log(me, "s0");
      case "afut":
        return log(me, "fut", op.f, yield* on(this.#futures[op.f]!));
      case "sfut": {
        const future = this.#futures[op.f]!;
        if (!future.done()) future.setResult(me);
        else this.#futures[op.f] = asyncio.getRunningLoop().createFuture();
        return;
      }
      case "efut": {
        const future = this.#futures[op.f]!;
        if (future.done()) return;
        future.setException(new Boom("f"));
        future.exception();
        return;
      }
      case "cfut":
        return log(me, "cfut", this.#futures[op.f]!.cancel());
      case "soon":
        asyncio.getRunningLoop().callSoon(log, "cb", me);
        return;
      case "cancel": {
        const task = this.#tasks[op.t];
        if (task !== undefined) log(me, "cancel", op.t, op.m === null ? task.cancel() : task.cancel(op.m), task.cancelling());
        return;
      }
      case "atask":
        if (this.#mayAwait(op.t)) log(me, "task", op.t, yield* on(this.#tasks[op.t]!));
        return;
      case "self":
        return log(me, "self", asyncio.currentTask()!.cancel("self"));
      case "raise":
        throw new Boom(me);
      case "put":
        yield* on(this.#queue.put(me));
        return log(me, "put", this.#queue.qsize());
      case "get":
        return log(me, "got", yield* on(this.#queue.get()));
      case "setev":
        return log(me, "cancelling", asyncio.currentTask()!.cancelling());
      case "spawn":
        return this.#spawn(op.b);
      case "call":
        return log(me, "call", yield* on(this.#runOps(me, op.b)));
      case "gather": {
        const children = op.c.map((ops) => this.#child.lazy(ops));
        const results = yield* on(op.re ? asyncio.gather(...children, { returnExceptions: true }) : asyncio.gather(...children));
        return log(me, "gather", ...results.map((result: unknown) => (result instanceof Error ? nameOf(result) : result)));
      }
      case "shield":
        return log(me, "shield", yield* on(asyncio.shield(this.#child.lazy(op.b))));
      case "wait": {
        const tasks = op.t.filter((index) => this.#mayAwait(index)).map((index) => this.#tasks[index]!);
        if (tasks.length === 0) return;
        const [done, pending] = yield* on(asyncio.wait(tasks, { returnWhen: op.fc ? "FIRST_COMPLETED" : "ALL_COMPLETED" }));
        return log(me, "wait", done.size, pending.size);
      }
      default:
        return yield* this.#performBlock(me, op);
    }
  }

  *#performBlock(me: string, op: Op): Body<void> {
    const log = this.#log;
    const runOps = this.#runOps;
    switch (op.k) {
      case "try":
      case "nestfin":
        try {
          yield* on(this.#runOps(me, op.b));
        } catch (error) {
          if (error instanceof TooLong) throw error;
          log(me, "except", nameOf(error));
          yield* on(this.#runOps(me, op.h));
          if (!op.sw) throw error;
        } finally {
          log(me, "finally");
          yield* on(this.#runOps(me, op.f));
        }
        return;
      case "lock": {
        const body = this.#writer.block(function* () {
          log(me, "locked", op.l);
          yield* on(runOps(me, op.b));
        });
        yield* on(asyncio.asyncWith(this.#locks[op.l]!, body));
        return log(me, "unlocked", op.l);
      }
      case "tg": {
        const child = this.#child;
        const body = this.#writer.block(function* (group: asyncio.TaskGroup) {
          for (const ops of op.c) group.createTask(child.lazy(ops));
          yield* on(runOps(me, op.b));
        });
        yield* on(asyncio.asyncWith(new asyncio.TaskGroup(), body));
        return log(me, "tg end");
      }
      case "timeout": {
        const block = asyncio.timeout(op.n);
        try {
          yield* on(
            asyncio.asyncWith(
              block,
              this.#writer.block(() => on(runOps(me, op.b))),
            ),
          );
        } catch (error) {
          if (!(error instanceof asyncio.TimeoutError)) throw error;
          log(me, "timed out");
        }
        return log(me, "expired", block.expired());
      }
      case "wf":
        return log(me, "wf", yield* on(asyncio.waitFor(this.#runOps.lazy(me, op.b), 1000)));
      case "wf0":
        try {
          log(me, "wf0", yield* on(asyncio.waitFor(this.#child.lazy(op.b), 0)));
        } catch (error) {
          if (!(error instanceof asyncio.TimeoutError)) throw error;
          log(me, "wf0 timeout");
        }
        return;
      case "agen": {
        const items = this.#items(me, op);
        try {
          for (;;) {
            const next = yield* on(items.next());
            if (next.done === true) break;
            log(me, "agen", next.value);
            if (op.brk && next.value === 1) break;
          }
        } finally {
          yield* on(items.close());
        }
      }
    }
  }

  #spawn(ops: Op[]): void {
    const index = this.#tasks.length;
    const task = asyncio.createTask(this.#child.lazy(ops));
    this.#tasks.push(task);
    this.#ids.set(task, `t${index}`);
    this.#owner.set(task, index);
    task.addDoneCallback((done) => this.#log("cb", "done", index, done.cancelled()));
  }
}

function stateOf(task: Task): string {
  if (!task.done()) return "pending";
  if (task.cancelled()) return "cancelled";
  const exception = task.exception();
  return exception === null ? show(task.result()) : nameOf(exception);
}
