/**
 * A future refuses a second outcome with InvalidStateError, reports cancel() success, and raises CancelledError with the cancel message
 * from result() and exception().
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { typeName } from "../python.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const attempt = (label: string, action: () => unknown): void => {
    try {
      log(label, "->", action());
    } catch (error) {
      log(label, "raised", typeName(error));
    }
  };

  const main = fn(function* main() {
    const loop = runningLoop();
    const f = loop.createFuture<string>();
    attempt("result of pending", () => f.result());
    attempt("exception of pending", () => f.exception());
    f.setResult("x");
    attempt("result", () => f.result());
    attempt("exception", () => f.exception());
    attempt("set_result twice", () => f.setResult("y"));
    attempt("set_exception after result", () => f.setException(new Error()));
    log("cancel of done:", f.cancel(), f.cancelled());

    const g = loop.createFuture();
    g.setException(new asyncio.LookupError("nope"));
    attempt("result of failed", () => g.result());
    log("exception type:", typeName(g.exception()), g.exception());

    const h = loop.createFuture<number>();
    log("cancel:", h.cancel("why"), h.cancel("again"), h.done(), h.cancelled());
    attempt("result of cancelled", () => h.result());
    attempt("exception of cancelled", () => h.exception());
    attempt("set_result on cancelled", () => h.setResult(1));
    const k = loop.createFuture();
    attempt("set_exception with a type", () => k.setException(asyncio.ValueError));
    log(typeName(k.exception()));
    yield* on(asyncio.sleep(0));
  });
  return run(main.lazy());
});
