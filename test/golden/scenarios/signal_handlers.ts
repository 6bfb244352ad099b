/**
 * A handler set by addSignalHandler runs inside the loop after the current callback with its arguments; adding again replaces it and
 * removeSignalHandler tells if one existed.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const main = fn(function* main() {
    const loop = runningLoop();
    const got = new asyncio.Queue<string>();

    const onSignal = (tag: string, n: number): void => {
      log("handler", tag, n);
      got.putNowait(tag);
    };

    loop.addSignalHandler("SIGUSR2", onSignal, "first", 1);
    process.kill(process.pid, "SIGUSR2");
    log("signal sent, handler has not run");
    log("queue got", yield* on(got.get()));
    loop.addSignalHandler("SIGUSR2", onSignal, "second", 2);
    loop.addSignalHandler("SIGHUP", onSignal, "hup", 3);
    process.kill(process.pid, "SIGUSR2");
    log("queue got", yield* on(got.get()));
    process.kill(process.pid, "SIGHUP");
    log("queue got", yield* on(got.get()));
    log("removed:", loop.removeSignalHandler("SIGUSR2"));
    log("removed again:", loop.removeSignalHandler("SIGUSR2"));
    log("removed:", loop.removeSignalHandler("SIGHUP"));

    const stop = new asyncio.Event();
    loop.addSignalHandler("SIGTERM", () => stop.set());
    loop.callLater(0.02, () => process.kill(process.pid, "SIGTERM"));
    yield* on(stop.wait());
    log("stopped by SIGTERM");
    loop.removeSignalHandler("SIGTERM");
  });
  return run(main.lazy());
});
