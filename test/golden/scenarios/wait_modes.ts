/**
 * asyncio.wait returns done and pending sets according to return_when or timeout, never cancels or raises for its tasks, and refuses an
 * empty set and coroutines.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectError, typeName } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const job = fn(function* job(tag: string, delay: number, fail: boolean) {
    yield* on(asyncio.sleep(delay));
    if (fail) throw new asyncio.ValueError(tag);
    return tag;
  });

  type Tasks = ReadonlySet<asyncio.Task<string>>;
  const show = (label: string, [done, pending]: readonly [Tasks, Tasks], order: readonly asyncio.Task<string>[]): void => {
    const names = (group: Tasks): string =>
      order
        .filter((task) => group.has(task))
        .map((task) => task.getName())
        .join(",") || "-";
    log(label, "done:", names(done), "pending:", names(pending));
  };

  const main = fn(function* main() {
    const specs = [
      ["a", 0.04, false],
      ["b", 0.09, true],
      ["c", 0.15, false],
    ] as const;
    const ts = specs.map(([name, delay, fail]) => asyncio.createTask(job.lazy(name, delay, fail), { name }));
    show("timeout 0", yield* on(asyncio.wait(ts, { timeout: 0 })), ts);
    show("first completed", yield* on(asyncio.wait(ts, { returnWhen: asyncio.FIRST_COMPLETED })), ts);
    const [done, pending] = yield* on(asyncio.wait(ts, { returnWhen: asyncio.FIRST_EXCEPTION }));
    show("first exception", [done, pending], ts);
    show("timeout", yield* on(asyncio.wait(pending, { timeout: 0.02 })), ts);
    show("all completed", yield* on(asyncio.wait(ts)), ts);
    log(ts[0]!.result(), typeName(ts[1]!.exception()), ts[2]!.result());
    const wrong = { "empty set": new Set(), "a task itself": ts[0] };
    for (const [label, argument] of Object.entries(wrong)) {
      try {
        yield* on(asyncio.wait(argument as Set<asyncio.Task>));
      } catch (error) {
        log(label, typeName(error));
      }
    }
    try {
      yield* on(asyncio.wait(ts, { returnWhen: "SOMETIME" as "ALL_COMPLETED" }));
    } catch (error) {
      expectError(error, asyncio.ValueError);
      log("bad return_when ValueError");
    }
  });
  return run(main.lazy());
});
