/**
 * Errors in plain callbacks go to the loop's exception handler without stopping the loop, and a failing future callback does not stop the
 * next ones.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectError, OSError, typeName } from "../python.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const main = fn(function* main() {
    const loop = runningLoop();
    const recorder = loop.getExceptionHandler(); // The harness's own; a new loop of CPython has none.
    loop.setExceptionHandler(null);
    log("no handler:", loop.getExceptionHandler() === null);

    const handler: asyncio.ExceptionHandler = (theLoop, context) => {
      log("handled", typeName(context.exception), context.exception, theLoop === loop);
    };
    const crash = (tag: string): void => {
      log("crash", tag);
      throw new asyncio.ValueError(tag);
    };

    loop.setExceptionHandler(handler);
    loop.callSoon(crash, "soon");
    loop.callSoon(log, "next callback");
    loop.callLater(0.02, crash, "later");
    const future = loop.createFuture<null>();
    future.addDoneCallback(() => crash("future callback 1"));
    future.addDoneCallback(() => log("future callback 2"));
    future.setResult(null);
    log("await", yield* on(future));
    yield* on(asyncio.sleep(0.05));
    loop.callExceptionHandler({ message: "direct", exception: new OSError("by hand") });
    try {
      loop.setExceptionHandler("not callable" as never);
    } catch (error) {
      expectError(error, TypeError);
      log("TypeError");
    }
    loop.setExceptionHandler(null);
    log("no handler:", loop.getExceptionHandler() === null);
    loop.setExceptionHandler(recorder);
  });
  return run(main.lazy());
});
