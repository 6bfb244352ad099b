/**
 * Each task runs in a copy of its creator's context taken at create_task time, callbacks run in the context they were scheduled in, and an
 * explicit context= is used as is.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectError } from "../python.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const variable = new asyncio.ContextVar("var", { default: "unset" });

  const child = fn(function* child(tag: string) {
    log(tag, "starts with", variable.get());
    variable.set(tag);
    yield* on(asyncio.sleep(0));
    log(tag, "still has", variable.get());
  });

  const plain = fn(function* plain() {
    variable.set("changed by awaited coroutine");
  });

  const main = fn(function* main() {
    const loop = runningLoop();
    log("default", variable.get());
    const token = variable.set("main");
    const t1 = asyncio.createTask(child.lazy("t1"));
    variable.set("main-2");
    const t2 = asyncio.createTask(child.lazy("t2"));
    loop.callSoon(() => log("callback sees", variable.get()));
    variable.set("main-3");
    yield* on(t1);
    yield* on(t2);
    log("after the tasks", variable.get());
    yield* on(plain());
    log(variable.get());
    variable.reset(token);
    log("after reset", variable.get());
    try {
      variable.reset(token);
    } catch (error) {
      expectError(error, asyncio.RuntimeError);
      log("token used twice: RuntimeError");
    }

    const context = asyncio.copyContext();
    context.run(() => variable.set("in ctx"));
    const t3 = asyncio.createTask(child.lazy("t3"), { context });
    yield* on(t3);
    log("ctx now has", context.get(variable), "main has", variable.get());
    loop.callSoon(context.wrap(() => log("callback in ctx sees", variable.get())));
    t3.addDoneCallback(() => log("done callback in ctx sees", variable.get()), { context });
    yield* on(asyncio.sleep(0));
  });
  return run(main.lazy());
});
