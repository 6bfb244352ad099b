/**
 * Cancelling all_tasks() but the current one and gathering them with return_exceptions ends every worker, with errors and late results
 * kept as values.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectCancelled, typeName } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const worker = fn(function* worker(tag: string, mode: string, delay: number) {
    try {
      yield* on(asyncio.sleep(10));
      return "undisturbed";
    } catch (error) {
      expectCancelled(error);
      yield* on(asyncio.sleep(delay));
      log(tag, "stopping:", mode);
      if (mode === "error") throw new asyncio.ValueError(tag);
      if (mode === "result") return "late result";
      throw error;
    }
  });

  const spawner = fn(function* spawner() {
    asyncio.createTask(worker.lazy("child", "cancel", 0.13), { name: "child" });
    yield* on(asyncio.sleep(10));
  });

  const main = fn(function* main() {
    const me = asyncio.currentTask();
    const specs = [
      ["w1", "cancel", 0.01],
      ["w2", "error", 0.05],
      ["w3", "result", 0.09],
    ] as const;
    for (const [tag, mode, delay] of specs) asyncio.createTask(worker.lazy(tag, mode, delay), { name: tag });
    asyncio.createTask(spawner.lazy(), { name: "spawner" });
    yield* on(asyncio.sleep(0.01));
    const others = [...asyncio.allTasks()].filter((task) => task !== me).sort((a, b) => (a.getName() < b.getName() ? -1 : 1));
    log("tasks", ...others.map((task) => task.getName()));
    for (const task of others) task.cancel();
    const results: readonly unknown[] = yield* on(asyncio.gather(...others, { returnExceptions: true }));
    for (const [i, task] of others.entries()) {
      const result = results[i];
      log(task.getName(), typeof result === "string" ? result : typeName(result), task.cancelled());
    }
    log("left:", asyncio.allTasks().size, asyncio.currentTask() === me);
  });
  return run(main.lazy());
});
