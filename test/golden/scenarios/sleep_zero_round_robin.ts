/** Tasks that yield with sleep(0) take turns in creation order, and a task created by another one joins at the end of the round. */
import * as asyncio from "uvio";
import { on, type Body, type Routine } from "../../support/spellings.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const spawned: asyncio.Task<void>[] = [];

  const spin: Routine<[tag: string, n: number], void> = fn(function* (tag: string, n: number): Body<void> {
    for (let i = 0; i < n; i++) {
      log(tag, i);
      if (tag === "b" && i === 1) spawned.push(asyncio.createTask(spin.lazy("late", 2)));
      yield* on(asyncio.sleep(0));
    }
    log(tag, "end");
  });

  const main = fn(function* main() {
    const tasks = (
      [
        ["a", 2],
        ["b", 4],
        ["c", 3],
      ] as const
    ).map(([tag, n]) => asyncio.createTask(spin.lazy(tag, n)));
    log("created");
    const result = yield* on(asyncio.sleep(0, "sleep result"));
    log("main has", result);
    for (const task of tasks) yield* on(task);
    log("spawned done:", spawned[0]!.done());
    yield* on(spawned[0]!);
    log("end");
  });
  return run(main.lazy());
});
