/** gather and the future that it returns. */
import type { EventLoop } from "../core/contracts.js";
import { CancelledError } from "../core/errors.js";
import { runningOrCurrentLoop } from "../core/running.js";
import { markAwaitedBy } from "./awaited-by.js";
import { ensureFuture, type AwaitableSource, type ResultOf } from "./ensure-future.js";
import { Future } from "../tasks/future.js";

/** The future that `gather` returns. Cancelling it cancels every child. */
class GatheringFuture<T> extends Future<T> {
  readonly #children: readonly Future<unknown>[];
  /** True once `cancel` has cancelled a child: when all children are done, the result is a cancellation, also with returnExceptions. */
  cancelRequested = false;

  constructor(children: readonly Future<unknown>[], loop: EventLoop) {
    super({ loop });
    this.#children = children;
  }

  override cancel(message?: unknown): boolean {
    if (this.done()) return false;
    let cancelled = false;
    for (const child of this.#children) if (child.cancel(message)) cancelled = true;
    if (cancelled) this.cancelRequested = true;
    return cancelled;
  }
}

/** Options of `gather`, given as its last argument. */
export interface GatherOptions<R extends boolean = boolean> {
  /** Whether to return errors and cancellations as values in the list, instead of failing with the first one. Default false. */
  returnExceptions?: R;
}

type Results<S extends readonly AwaitableSource<unknown>[]> = { -readonly [I in keyof S]: ResultOf<S[I]> };
type Settled<S extends readonly AwaitableSource<unknown>[]> = { -readonly [I in keyof S]: ResultOf<S[I]> | Error };

/**
 * Runs awaitables concurrently and returns their results in the order of the arguments. If one fails, the result fails immediately with
 * that error, and the others continue to run. With `{ returnExceptions: true }` as the last argument, errors are returned as values.
 * Cancelling the result cancels all of them.
 *
 * ```ts
 * import * as asyncio from "uvio";
 *
 * const [one, two] = await asyncio.run(async () => await asyncio.gather(asyncio.sleep(0.01, 1), async () => "two"));
 * console.log(one, two); // 1 two
 * ```
 *
 * Throws TypeError for a list; spread it. Throws ValueError if the futures belong to different loops. Mirrors asyncio.gather.
 */
export function gather<S extends readonly AwaitableSource<unknown>[]>(
  ...args: [...S, GatherOptions<true> & { returnExceptions: true }]
): Future<Settled<S>>;
export function gather<S extends readonly AwaitableSource<unknown>[]>(...args: [...S, GatherOptions<false>]): Future<Results<S>>;
export function gather<S extends readonly AwaitableSource<unknown>[]>(...args: [...S, GatherOptions]): Future<Results<S> | Settled<S>>;
export function gather<S extends readonly AwaitableSource<unknown>[]>(...sources: S): Future<Results<S>>;
export function gather(...args: readonly unknown[]): Future<unknown[]> {
  const { sources, returnExceptions } = splitOptions(args);
  if (sources.length === 0) {
    const empty = new Future<unknown[]>({ loop: runningOrCurrentLoop() });
    empty.setResult([]);
    return empty;
  }
  let outer: GatheringFuture<unknown[]> | null = null;
  let finished = 0;
  const childDone = (child: Future<unknown>): void => {
    finished++;
    if (outer === null || outer.done()) {
      if (!child.cancelled()) child.exception(); // Marks the error as retrieved: like asyncio, gather drops all but the first error.
      return;
    }
    if (!returnExceptions) {
      if (child.cancelled()) return outer.failWith(child.makeCancelledError());
      if (child.failed()) return outer.failWith(child.exception());
    }
    if (finished < total) return;
    if (outer.cancelRequested) {
      outer.failWith(children[children.length - 1]!.makeCancelledError());
    } else {
      outer.setResult(
        children.map((future) => (future.cancelled() ? new CancelledError(future.cancelMessage) : (future.exception() ?? future.value))),
      );
    }
  };
  // An awaitable that appears twice runs once, but a function that appears twice is called twice.
  const futures = new Map<unknown, Future<unknown>>();
  let loop: EventLoop | undefined; // The loop of the first one; the others must belong to it too.
  let total = 0;
  /** The children that were done from the start. As in asyncio they are counted at once, and the result may be there at once. */
  const early: Future<unknown>[] = [];
  const children = sources.map((source) => {
    const known = futures.get(source);
    if (known !== undefined) return known;
    const future = ensureFuture(source as AwaitableSource<unknown>, { ...(loop !== undefined && { loop }) });
    loop = future.loop;
    if (typeof source !== "function") futures.set(source, future);
    total++;
    if (future.done()) early.push(future);
    else future.addDoneCallback(childDone);
    return future;
  });
  outer = new GatheringFuture<unknown[]>(children, loop!);
  markAwaitedBy(childDone, outer);
  for (const child of early) childDone(child);
  return outer;
}

function splitOptions(args: readonly unknown[]): { sources: readonly unknown[]; returnExceptions: boolean } {
  const last = args[args.length - 1];
  const isOptions = typeof last === "object" && last !== null && Object.getPrototypeOf(last) === Object.prototype && !("then" in last);
  if (!isOptions) return { sources: args, returnExceptions: false };
  for (const key of Object.keys(last))
    if (key !== "returnExceptions") throw new TypeError(`gather: unknown option "${key}"; the only option is returnExceptions`);
  return { sources: args.slice(0, -1), returnExceptions: (last as GatherOptions).returnExceptions === true };
}
