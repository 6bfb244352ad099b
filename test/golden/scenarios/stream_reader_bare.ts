/**
 * A StreamReader fed by hand serves readline, readexactly, readuntil and read(n), reports partial data at EOF, and keeps data over the
 * limit in place.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectError, expectOsError } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const shown = (bytes: Buffer): string => bytes.toString().replaceAll("\n", "|");

  const main = fn(function* main() {
    const r = new asyncio.StreamReader({ limit: 16 });
    const feed = (data: string): void => r.feedData(Buffer.from(data));
    const pending = asyncio.createTask(() => r.readline());
    yield* on(asyncio.sleep(0));
    feed("hel");
    yield* on(asyncio.sleep(0));
    log("line done:", pending.done());
    feed("lo\nwor");
    log("line", shown(yield* on(pending)));
    log("read(2)", shown(yield* on(r.read(2))), "read(0)", (yield* on(r.read(0))).length);
    feed("ld;rest");
    log("until ;", shown(yield* on(r.readuntil(";"))));
    log("exactly", shown(yield* on(r.readexactly(3))), "at_eof:", r.atEof());
    feed("0123456789".repeat(2));
    try {
      yield* on(r.readuntil("\n"));
    } catch (error) {
      log("LimitOverrunError consumed", expectError(error, asyncio.LimitOverrunError).consumed);
    }
    log("skip", shown(yield* on(r.readexactly(21))));
    try {
      const waiting = asyncio.createTask(() => r.readexactly(9));
      yield* on(asyncio.sleep(0));
      feed("short");
      r.feedEof();
      yield* on(waiting);
    } catch (error) {
      const { partial, expected } = expectError(error, asyncio.IncompleteReadError);
      log("IncompleteReadError", shown(partial), "expected", expected);
    }
    const [read, line] = [(yield* on(r.read(5))).length, (yield* on(r.readline())).length];
    log("at_eof:", r.atEof(), "read gives", read, "readline gives", line);

    const s = new asyncio.StreamReader();
    const blocked = asyncio.createTask(() => s.read(1));
    yield* on(asyncio.sleep(0));
    s.setException(Object.assign(new Error("reset"), { code: "ECONNRESET", syscall: "read" }));
    for (const operation of [blocked, s.readline()]) {
      try {
        yield* on(operation);
      } catch (error) {
        log("ConnectionResetError", expectOsError(error, "ConnectionResetError"));
      }
    }
  });
  return run(main.lazy());
});
