/** The interpreter of interpret.py in TypeScript, in the spellings that a Writer chooses. Names and order are the same as there. */
import * as asyncio from "uvio";
import { on, type Body, type Items, type Routine, type Writer } from "../support/spellings.js";
import { combinators } from "./combinators.js";
import { iteration, type Generated, type Source } from "./iteration.js";
import { primitives } from "./primitives.js";
import type { Op, Program } from "./programs.js";
import { steps } from "./steps.js";
import { isException, nameOf, show, stateOf, TooLong } from "./values.js";

const MAX_STEPS = 3000;

export type Task = asyncio.Task<unknown>;

/** The code of the operations with these names. */
export type Operations<K extends Op["k"]> = {
  readonly [N in K]: (it: Interpreter, me: string, op: Op & { k: N }) => Body<void> | void;
};
type Operation = (it: Interpreter, me: string, op: Op) => Body<void> | void;

const OPERATIONS: Operations<Op["k"]> = { ...steps, ...combinators, ...iteration, ...primitives };

/** Their errors other than cancellations are logged and do not end the task. */
const GUARDED: ReadonlySet<Op["k"]> = new Set([
  ...(["cwait", "cwaitfor", "cnotify", "cnotifyraw", "cwaitraw", "sacquire", "srelease", "bwait", "babort", "breset", "barrier"] as const),
  ...(["qput", "qputnow", "qget", "qgetnow", "qdone", "qjoin", "qshutdown", "gnext", "gsend", "gthrow", "gclose", "gfor", "afor"] as const),
  ...(["completed", "reschedule", "wft", "gathert", "gathercancel", "shieldt", "shieldf", "tgadd"] as const),
]);

/** Runs one program. */
export class Interpreter {
  readonly out: string[] = [];
  readonly main: Routine<[], void>;
  readonly writer: Writer;
  readonly futures: asyncio.Future<unknown>[] = [];
  readonly locks = [new asyncio.Lock(), new asyncio.Lock()] as const;
  readonly queue = new asyncio.Queue<string>(1);
  readonly events = [new asyncio.Event(), new asyncio.Event()];
  readonly conditions = [new asyncio.Condition(), new asyncio.Condition(this.locks[1])];
  /** The number of notifications of each condition. */
  readonly notified = [0, 0];
  readonly semaphores = [new asyncio.Semaphore(1), new asyncio.Semaphore(2), new asyncio.BoundedSemaphore(2)];
  readonly barriers = [new asyncio.Barrier(2), new asyncio.Barrier(3)];
  readonly queues = [new asyncio.Queue<number>(2), new asyncio.PriorityQueue<number>(2), new asyncio.LifoQueue<number>(2)];
  readonly deadlines: asyncio.Timeout[] = [];
  readonly groups: asyncio.TaskGroup[] = [];
  readonly generators: (Generated | null)[] = [null, null];
  readonly runOps: Routine<[me: string, ops: Op[]], string>;
  readonly child: Routine<[ops: Op[], index?: number, waits?: boolean], string>;
  readonly items: (me: string, op: Op & { k: "agen" }) => Items<number>;
  readonly nextOf: Routine<[source: Source], IteratorResult<number>>;
  /** null: reserved for an eager task that is being started. */
  readonly #tasks: (Task | null)[] = [];
  readonly #ids = new Map<Task, string>();
  readonly #owner = new Map<Task | null, number>();
  #steps = 0;
  #ended = false;
  #started = 0;

  readonly eager: Program["eager"];

  constructor(program: Program, writer: Writer) {
    this.eager = program.eager;
    this.writer = writer;
    const self = this; // Generator functions have a `this` of their own.
    const step = writer.fn(function* step(me: string, op: Op) {
      yield* self.#perform(me, op);
    });
    this.runOps = writer.fn(function* runOps(me: string, ops: Op[]) {
      for (const op of ops) yield* on(step(me, op));
      return `r${me}`;
    });
    this.child = writer.fn(function* child(ops: Op[], index?: number, waits = false) {
      const me = `c${self.#started++}`;
      const task = asyncio.currentTask()!;
      if (index !== undefined) self.#register(index, task);
      if (!self.#ids.has(task)) self.#ids.set(task, me);
      self.log(me, "start");
      try {
        if (program.eager !== undefined && waits) yield* on(asyncio.sleep(0));
        return yield* on(self.runOps(me, ops));
      } finally {
        self.log(me, "end");
      }
    });
    this.items = writer.items((me: string, op: Op & { k: "agen" }) => iteration.itemsOf(self, me, op));
    this.nextOf = writer.fn((source: Source) => source.advance());
    this.main = writer.fn(function* main() {
      yield* self.#main(program.ops);
    });
  }

  #count(): void {
    if (++this.#steps > MAX_STEPS) throw new TooLong(`more than ${MAX_STEPS} steps`);
  }

  readonly log = (me: string, ...parts: unknown[]): void => {
    this.#count();
    if (this.#ended) return; // Nothing is recorded after the end of main.
    const task = asyncio.currentTask();
    const current = task === null ? "-" : (this.#ids.get(task) ?? "?");
    this.out.push(`${me}/${current}: ${parts.map(show).join(" ")}`);
  };

  *#main(ops: Op[]): Body<void> {
    const loop = asyncio.getRunningLoop();
    for (let i = 0; i < 4; i++) this.futures.push(loop.createFuture());
    loop.setExceptionHandler(() => {});
    this.#register(0, asyncio.createTask(this.child.lazy(ops)));
    for (let i = 0; i < 30; i++) yield* on(asyncio.sleep(0));
    this.out.push("-- sweep");
    loop.setTaskFactory(null);
    for (let round = 0; round < 12; round++) {
      const live = this.#tasks.filter((task) => !task!.done());
      if (live.length === 0) break;
      for (const task of live) task!.cancel("sweep");
      for (let i = 0; i < 12; i++) yield* on(asyncio.sleep(0));
    }
    for (const future of this.futures) future.cancel();
    for (const [i, task] of this.#tasks.entries()) this.out.push(`task ${i} ${stateOf(task!)}`);
    this.out.push(`left ${asyncio.allTasks().size - 1}`);
    this.#ended = true;
  }

  *#perform(me: string, op: Op): Body<void> {
    this.#count();
    const operation = OPERATIONS[op.k] as Operation;
    if (!GUARDED.has(op.k)) return yield* operation(this, me, op) ?? [];
    try {
      yield* operation(this, me, op) ?? [];
    } catch (error) {
      if (!isException(error)) throw error;
      this.log(me, op.k, "failed", nameOf(error));
    }
  }

  #register(index: number, task: Task): void {
    this.#tasks[index] = task;
    this.#ids.set(task, `t${index}`);
    this.#owner.set(task, index);
  }

  task(index: number): Task | null {
    return this.#tasks[index] ?? null;
  }

  get lastTask(): Task | null {
    return this.#tasks.at(-1) ?? null;
  }

  /** Returns those of these tasks that the current one may wait for without a cycle. */
  awaitable(indexes: readonly number[]): Task[] {
    const own = this.#owner.get(asyncio.currentTask()) ?? -1;
    return indexes.filter((index) => index > own && this.task(index) !== null).map((index) => this.#tasks[index]!);
  }

  /** Starts a task with an index. */
  start(ops: Op[], make: (source: asyncio.TaskSource<string>) => Task): void {
    const index = this.#tasks.push(null) - 1;
    const task = make(this.child.lazy(ops, index, this.eager === "waiting"));
    this.#register(index, task);
    task.addDoneCallback((done) => this.log("cb", "done", index, done.cancelled()));
  }
}
