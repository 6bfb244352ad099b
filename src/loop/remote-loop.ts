/** Calls into a loop from other threads over a MessagePort: the loop's side (RemoteCalls) and the caller's side (RemoteLoop). */
import { MessageChannel, MessagePort } from "node:worker_threads";
import { Context } from "../core/contextvars.js";
import type { EventLoop } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { ConcurrentFuture } from "../executors/concurrent-future.js";
import { bindingsOf } from "../executors/context-values.js";
import { decodeThrown } from "../executors/error-codec.js";
import type { Work } from "../executors/exported.js";
import {
  failed,
  loadFunction,
  packCall,
  packValue,
  restoreBuffers,
  unpackValue,
  unsendableArgument,
  unsendableResult,
  type Call,
  type Outcome,
} from "../executors/job.js";
import { checkTransferables } from "../executors/transfer.js";
import { coroutine } from "../tasks/coroutine.js";
import { awaitCall, type Body } from "../syntax/await-call.js";
import type { Task } from "../tasks/task.js";
import { describe } from "../util/format.js";

type Kind = "callSoon" | "runCoroutine";

interface Request {
  readonly id: number;
  readonly kind: Kind;
  readonly call: Call;
}

/** A message to the loop: a call, or the cancellation of one. */
type Message = Request | { readonly cancel: number };

/** A message from the loop: the outcome of a call. */
interface Reply {
  readonly id: number;
  readonly outcome: Outcome;
}

// ------------------------------------------------------------------------------------------------ the loop's side

/** The ports that a loop serves. Calls of one port start in the order in which they were sent. */
export class RemoteCalls {
  readonly #loop: EventLoop;
  readonly #ports = new Set<MessagePort>();

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  /** Serves a new port and returns its other end. */
  open(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.serve(port1);
    return port2;
  }

  serve(port: MessagePort): void {
    const caller = new Caller(this.#loop, port);
    this.#ports.add(port);
    port.on("message", caller.onMessage);
    port.on("close", () => this.#ports.delete(port));
    port.unref(); // A run keeps the process alive; a thread that might call does not.
  }

  close(): void {
    for (const port of this.#ports) port.close();
  }
}

/** The calls that arrive on one port. */
class Caller {
  readonly #loop: EventLoop;
  readonly #port: MessagePort;
  /** Calls that have not started: the first one's module is being imported, and the others must not overtake it. */
  readonly #waiting: Request[] = [];
  #importing = false;
  readonly #tasks = new Map<number, { cancel(): boolean }>();

  constructor(loop: EventLoop, port: MessagePort) {
    this.#loop = loop;
    this.#port = port;
  }

  readonly onMessage = (message: Message): void => {
    if ("cancel" in message) return this.#cancel(message.cancel);
    this.#waiting.push(message);
    if (!this.#importing) this.#begin();
  };

  #cancel(id: number): void {
    const at = this.#waiting.findIndex((request) => request.id === id);
    if (at >= 0) this.#waiting.splice(at, 1);
    else this.#tasks.get(id)?.cancel();
  }

  #begin(): void {
    for (let request = this.#waiting[0]; request !== undefined; request = this.#waiting[0]) {
      const fn = loadFunction(request.call.target);
      if (fn instanceof Promise) return void this.#beginLater(request, fn);
      this.#waiting.shift();
      this.#run(request, fn);
    }
  }

  async #beginLater(request: Request, loading: Promise<Work>): Promise<void> {
    this.#importing = true;
    try {
      await loading;
    } catch (error) {
      // Unless the call was cancelled during the import.
      if (this.#waiting[0] === request) {
        this.#waiting.shift();
        this.#reply(request, failed(error));
      }
    }
    this.#importing = false;
    this.#begin();
  }

  #run(request: Request, fn: Work): void {
    if (this.#loop.isClosed()) return; // The port is closing: RemoteLoop rejects what is pending in #onClose().
    const args = restoreBuffers(request.call) as never[];
    const context = new Context();
    if (request.call.context !== undefined) context.replace(bindingsOf(request.call.context, context.bindings));
    if (request.kind === "callSoon") {
      this.#loop.callSoonThreadsafe(context.wrap(() => void this.#call(request, () => fn(...args))));
      return;
    }
    const task = this.#loop.createTask(runBody(fn as Body<unknown[], unknown>, args), { context }) as Task<unknown>;
    this.#tasks.set(request.id, task);
    task.addDoneCallback(() => {
      this.#tasks.delete(request.id);
      void this.#call(request, () => task.result());
    });
  }

  async #call(request: Request, call: () => unknown): Promise<void> {
    try {
      const result = call();
      const { outcome, transferList } = packValue(result instanceof Promise ? await result : result);
      this.#reply(request, outcome, transferList);
    } catch (error) {
      this.#reply(request, failed(error));
    }
  }

  #reply(request: Request, outcome: Outcome, transferList: readonly object[] = []): void {
    try {
      this.#port.postMessage({ id: request.id, outcome } satisfies Reply, transferList as never);
    } catch (error) {
      this.#port.postMessage({ id: request.id, outcome: unsendableResult(request.call.target, error) } satisfies Reply);
    }
  }
}

const runBody = coroutine(function* remote(fn: Body<unknown[], unknown>, args: unknown[]) {
  return yield* awaitCall(fn, ...args);
});

// ------------------------------------------------------------------------------------------------ the caller's side

/**
 * A loop in another thread, reached through the port that `loop.remote()` returned there. Functions must be exported functions, as for
 * executors, and run in the loop's thread. While a call is pending the port keeps this thread alive. Mirrors loop.call_soon_threadsafe and
 * asyncio.run_coroutine_threadsafe.
 */
export class RemoteLoop {
  readonly #port: MessagePort;
  readonly #pending = new Map<number, { future: ConcurrentFuture<unknown>; call: Call }>();
  #lastId = 0;
  #closed = false;

  constructor(port: MessagePort) {
    if (!(port instanceof MessagePort)) {
      throw new TypeError(`port must be the MessagePort that loop.remote() returned, got ${describe(port)}`);
    }
    this.#port = port;
    port.on("message", (reply: Reply) => this.#onReply(reply));
    port.on("close", () => this.#onClose());
    port.unref();
  }

  /**
   * Calls `fn(...args)` in the loop, in the order of the calls, and resolves to its result. Rejects with what `fn` throws, and with
   * RuntimeError if the loop closes or its thread ends first. Mirrors loop.call_soon_threadsafe.
   */
  callSoon<A extends unknown[], R>(fn: Work<A, R>, ...args: A): ConcurrentFuture<Awaited<R>> {
    return this.#send("callSoon", fn, args) as ConcurrentFuture<Awaited<R>>;
  }

  /**
   * Runs `fn(...args)`, an async function or a coroutine function, as a task of the loop. Cancelling the returned future cancels the task.
   * Rejects as callSoon does. Mirrors asyncio.run_coroutine_threadsafe.
   */
  runCoroutine<A extends unknown[], R>(fn: Work<A, R>, ...args: A): ConcurrentFuture<Awaited<R>> {
    return this.#send("runCoroutine", fn, args) as ConcurrentFuture<Awaited<R>>;
  }

  /** Closes the port; the loop continues. Pending calls reject with RuntimeError. */
  disconnect(): void {
    this.#port.close();
  }

  /** The number of calls without an answer. */
  get pending(): number {
    return this.#pending.size;
  }

  #send(kind: Kind, fn: unknown, args: unknown[]): ConcurrentFuture<unknown> {
    const { call, transferList } = packCall(fn, args, kind);
    const id = ++this.#lastId;
    const future = new ConcurrentFuture<unknown>(() => {
      if (this.#forget(id) !== null) this.#port.postMessage({ cancel: id } satisfies Message);
      return true;
    });
    if (this.#closed) {
      future.setException(unreachable());
      return future;
    }
    try {
      checkTransferables(transferList);
      this.#port.postMessage({ id, kind, call } satisfies Message, transferList as never);
    } catch (error) {
      future.setException(unsendableArgument(call, error));
      return future;
    }
    if (this.#pending.size === 0) this.#port.ref();
    this.#pending.set(id, { future, call });
    return future;
  }

  #onReply({ id, outcome }: Reply): void {
    const future = this.#forget(id);
    if (future === null) return; // Cancelled on this side while the answer was on its way.
    if (outcome.ok) future.setResult(unpackValue(outcome));
    else future.setException(decodeThrown(outcome.thrown));
  }

  #onClose(): void {
    this.#closed = true;
    for (const id of [...this.#pending.keys()]) this.#forget(id)!.setException(unreachable());
  }

  #forget(id: number): ConcurrentFuture<unknown> | null {
    const entry = this.#pending.get(id);
    if (entry === undefined) return null;
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#port.unref();
    return entry.future;
  }
}

function unreachable(): RuntimeError {
  return new RuntimeError("the remote loop is closed, or its thread has ended; get a new port from a running loop with loop.remote()");
}
