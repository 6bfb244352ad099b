/**
 * A cancellation that uncancel() takes back before its delivery is not delivered, whatever blocks are around the code that awaits; one whose
 * count does not fall to zero is.
 */
import * as asyncio from "uvio";
import { on, type Body } from "../../support/spellings.js";
import { scenario } from "../stage.js";

const me = (): asyncio.Task => asyncio.currentTask()!;

/** Python's `repr` of the tuple that one case prints. */
const tuple = (...items: (string | number | boolean)[]): string =>
  `(${items.map((item) => (typeof item === "string" ? `'${item}'` : item === true ? "True" : item === false ? "False" : item)).join(", ")})`;

function takeBack(task: asyncio.Task, cancels: number, uncancels: number): number {
  for (let i = 0; i < cancels; i++) task.cancel();
  let left = task.cancelling();
  for (let i = 0; i < uncancels; i++) left = task.uncancel();
  return left;
}

export default scenario((stage) => {
  const { fn, block, log, run } = stage;
  type Work = () => asyncio.Coroutine<string> | Promise<string>;

  const within = (seconds: number, body: Work): asyncio.Coroutine<string> =>
    asyncio.asyncWith(
      asyncio.timeout(seconds),
      block(function* () {
        return yield* on(body());
      }),
    ) as asyncio.Coroutine<string>;
  const inGroup = (body: Work): asyncio.Coroutine<string> =>
    asyncio.asyncWith(
      new asyncio.TaskGroup(),
      block(function* () {
        return yield* on(body());
      }),
    ) as asyncio.Coroutine<string>;

  const blocks: Record<string, (body: Work) => PromiseLike<string>> = {
    in_nothing: (body) => body(),
    in_timeout: (body) => within(10, body),
    in_group: inGroup,
    in_wait_for: (body) => asyncio.waitFor(body, 10),
    in_two_timeouts: (body) => within(10, () => within(20, body)),
    in_group_in_wait_for: (body) => asyncio.waitFor(() => inGroup(body), 10),
  };

  const outcome = fn(function* outcome(awaitable: PromiseLike<string>) {
    try {
      return yield* on(awaitable);
    } catch (error) {
      if (error instanceof asyncio.CancelledError) return "CancelledError";
      if (error instanceof asyncio.TimeoutError) return "TimeoutError";
      throw error;
    }
  });

  function work(enter: (body: Work) => PromiseLike<string>, body: () => Body<string>): asyncio.TaskSource<string> {
    return fn(function* work() {
      const result = yield* on(enter(fn(body)));
      yield* on(asyncio.sleep(0));
      return result;
    }).lazy();
  }

  const byItself = fn(function* byItself(name: string, cancels: number, uncancels: number, inside: boolean) {
    const task = asyncio.createTask(
      work(blocks[name]!, function* () {
        takeBack(me(), cancels, uncancels);
        if (inside) yield* on(asyncio.sleep(0));
        return "body";
      }),
    );
    return yield* on(outcome(task));
  });

  const whileDue = fn(function* whileDue(name: string, wait: string, cancels: number, uncancels: number) {
    const future = stage.future<null>();
    const queue = new asyncio.Queue<null>();
    const lock = new asyncio.Lock();
    yield* on(lock.acquire());
    const waits: Record<string, () => PromiseLike<unknown>> = {
      future: () => future,
      queue: () => queue.get(),
      lock: () =>
        asyncio.asyncWith(
          lock,
          block(function* () {}),
        ),
      task: () => asyncio.shield(future),
      turn: () => asyncio.sleep(0),
    };
    const task = asyncio.createTask(
      work(blocks[name]!, function* () {
        yield* on(waits[wait]!());
        return "body";
      }),
    );
    yield* on(asyncio.sleep(0));
    future.setResult(null);
    queue.putNowait(null);
    lock.release();
    if (wait === "task") yield* on(asyncio.sleep(0));
    takeBack(task, cancels, uncancels);
    return yield* on(outcome(task));
  });

  const inACallback = fn(function* inACallback(name: string, added: string) {
    const future = stage.future<null>();
    const callback = (): void => void takeBack(task, 1, 1);
    if (added === "before") future.addDoneCallback(callback);
    const task: asyncio.Task<string> = asyncio.createTask(
      fn(function* () {
        return yield* on(
          blocks[name]!(
            fn(function* () {
              yield* on(future);
              return "body";
            }),
          ),
        );
      }).lazy(),
    );
    yield* on(asyncio.sleep(0));
    if (added === "after") future.addDoneCallback(callback);
    future.setResult(null);
    return yield* on(outcome(task));
  });

  const eagerly = fn(function* eagerly(name: string) {
    const source = work(blocks[name]!, function* () {
      takeBack(me(), 1, 1);
      yield* on(asyncio.sleep(0));
      return "body";
    });
    return yield* on(outcome(new asyncio.Task(source, { loop: stage.loop, eagerStart: true })));
  });

  const withAnExpiredTimeout = fn(function* withAnExpiredTimeout(userTakesBack: boolean, cancels: number, uncancels: number) {
    const lines: unknown[] = [];
    try {
      const body = block(function* () {
        try {
          yield* on(asyncio.sleep(10));
        } catch (error) {
          if (!asyncio.isCancelled(error)) throw error;
          lines.push(me().cancelling());
          if (userTakesBack) lines.push(me().uncancel());
          lines.push(takeBack(me(), cancels, uncancels));
        }
        lines.push(yield* on(outcome(asyncio.sleep(0, "went on"))));
        lines.push(yield* on(outcome(asyncio.sleep(0, "went on"))));
      });
      yield* on(asyncio.asyncWith(asyncio.timeout(0.001), body));
    } catch (error) {
      if (!(error instanceof asyncio.TimeoutError)) throw error;
      lines.push("TimeoutError");
    }
    lines.push(me().cancelling());
    lines.push(yield* on(outcome(asyncio.sleep(0, "after"))));
    return lines;
  });

  const innerTakenBackByOuter = fn(function* innerTakenBackByOuter() {
    const lines: unknown[] = [];
    const future = stage.future<null>();
    const outer = asyncio.timeout(10);
    const inner = asyncio.timeout(10);
    const inInner = block(function* () {
      inner.reschedule(stage.loop.time());
      try {
        yield* on(asyncio.sleep(10));
      } catch (error) {
        if (!asyncio.isCancelled(error)) throw error;
        lines.push(tuple("inner", inner.expired(), outer.expired(), me().cancelling()));
      }
      yield* on(future);
      return "body";
    });
    const inOuter = block(function* () {
      return yield* on(asyncio.asyncWith(inner, inInner));
    });
    const task = stage.task(function* () {
      return yield* on(asyncio.asyncWith(outer, inOuter) as asyncio.Coroutine<string>);
    });
    while (lines.length === 0) yield* on(asyncio.sleep(0.001));
    lines.push(task.uncancel());
    future.setResult(null);
    lines.push(takeBack(task, 1, 1));
    lines.push(yield* on(outcome(task)));
    return lines;
  });

  const signalOfAGroup = fn(function* signalOfAGroup() {
    const lines: unknown[] = [];
    try {
      const body = block(function* (group: asyncio.TaskGroup) {
        group.createTask(
          fn(function* () {
            throw new asyncio.ValueError();
          }).lazy(),
        );
        try {
          yield* on(asyncio.sleep(10));
        } catch (error) {
          if (!asyncio.isCancelled(error)) throw error;
          lines.push(me().cancelling());
          lines.push(me().uncancel());
          lines.push(takeBack(me(), 1, 1));
        }
        lines.push(yield* on(outcome(asyncio.sleep(0, "went on"))));
      });
      yield* on(asyncio.asyncWith(new asyncio.TaskGroup(), body));
    } catch (error) {
      for (const one of (error as asyncio.ExceptionGroup).exceptions) lines.push((one as Error).constructor.name);
    }
    lines.push(me().cancelling());
    lines.push(yield* on(outcome(asyncio.sleep(0, "after"))));
    return lines;
  });

  const main = fn(function* main() {
    const counts: [number, number][] = [[1, 1], [2, 2], [2, 1], [1, 0], [3, 3], [0, 1]]; // prettier-ignore
    for (const name of Object.keys(blocks)) {
      for (const [cancels, uncancels] of counts) {
        for (const inside of [true, false]) {
          log("itself", name, cancels, uncancels, inside, yield* on(byItself(name, cancels, uncancels, inside)));
        }
      }
    }
    for (const name of Object.keys(blocks)) {
      for (const wait of ["future", "queue", "lock", "task", "turn"]) {
        for (const [cancels, uncancels] of counts.slice(0, 4)) {
          log("due", name, wait, cancels, uncancels, yield* on(whileDue(name, wait, cancels, uncancels)));
        }
      }
    }
    for (const name of Object.keys(blocks)) {
      for (const added of ["before", "after"]) log("callback", name, added, yield* on(inACallback(name, added)));
      log("eager", name, yield* on(eagerly(name)));
    }
    for (const userTakesBack of [false, true]) {
      for (const [cancels, uncancels] of [
        [0, 0],
        [1, 1],
        [2, 2],
      ] as const) {
        // prettier-ignore
        const lines = yield* on(withAnExpiredTimeout(userTakesBack, cancels, uncancels));
        log("expired", userTakesBack, cancels, uncancels, ...lines);
      }
    }
    log("inner", ...(yield* on(innerTakenBackByOuter())));
    log("group", ...(yield* on(stage.task(() => on(signalOfAGroup())))));
  });
  return run(main.lazy());
});
