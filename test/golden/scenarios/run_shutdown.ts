/**
 * asyncio.run returns main's result, then cancels tasks still pending, lets their cleanup run, and reports an error raised during that
 * cleanup to the exception handler.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectError, sentence, typeName } from "../python.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const tasks: asyncio.Task<void>[] = [];

  const background = fn(function* background(tag: string, cleanup: number, fail: boolean) {
    try {
      yield* on(asyncio.sleep(10));
    } finally {
      yield* on(asyncio.sleep(cleanup));
      log(tag, "cleanup ends");
      // eslint-disable-next-line no-unsafe-finally -- that is the scenario
      if (fail) throw new asyncio.ValueError(tag);
    }
  });

  const other = fn(function* other() {
    yield* on(asyncio.sleep(0));
    log("never runs");
  });

  const main = fn(function* main() {
    runningLoop().setExceptionHandler((_, context) => log("handler:", context.message, typeName(context.exception)));
    tasks.push(asyncio.createTask(background.lazy("a", 0.08, false)), asyncio.createTask(background.lazy("b", 0.03, true)));
    yield* on(asyncio.sleep(0.01));
    try {
      yield* on(asyncio.wrapFuture(asyncio.run(other.lazy())));
    } catch (error) {
      log("nested run:", sentence(expectError(error, asyncio.RuntimeError)));
    }
    return "main result";
  });

  const failing = fn(function* failing() {
    const task = asyncio.createTask(background.lazy("c", 0, false));
    yield* on(asyncio.sleep(0));
    tasks.push(task);
    throw new asyncio.LookupError("main failed");
  });

  const play = async (): Promise<void> => {
    log(await run(main.lazy()));
    log("a cancelled:", tasks[0]!.cancelled(), "b cancelled:", tasks[1]!.cancelled());
    try {
      await run(failing.lazy());
    } catch (error) {
      log("LookupError", expectError(error, asyncio.LookupError), "c cancelled:", tasks[2]!.cancelled());
    }
  };
  return play();
});
