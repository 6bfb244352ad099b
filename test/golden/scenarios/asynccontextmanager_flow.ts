/**
 * The body's exception is thrown into the generator of an asynccontextmanager, which may handle, replace or pass it; not yielding, or
 * yielding twice, is a RuntimeError.
 */
import * as asyncio from "uvio";
import { asyncContextManager } from "uvio/contextlib";
import { on } from "../../support/spellings.js";
import { expectError, typeName } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ spelling, fn, block, log, run }) => {
  const leave = (tag: string, mode: string, error: unknown): void => {
    log(tag, "saw ValueError", expectError(error, asyncio.ValueError));
    if (mode === "replace") throw new asyncio.LookupError("replaced");
    if (mode === "pass") throw error;
  };

  const generatorResource = asyncContextManager(function* (emit: asyncio.Emit<string>, tag: string, mode: string) {
    log(tag, "enter");
    try {
      yield* emit(`${tag} handle`);
      log(tag, "body succeeded");
    } catch (error) {
      leave(tag, mode, error);
    } finally {
      yield* asyncio.sleep(0);
      log(tag, "exit");
    }
  });
  const asyncResource = asyncContextManager(async function* (tag: string, mode: string) {
    log(tag, "enter");
    try {
      yield `${tag} handle`;
      log(tag, "body succeeded");
    } catch (error) {
      leave(tag, mode, error);
    } finally {
      await asyncio.sleep(0);
      log(tag, "exit");
    }
  });
  const resource = spelling === "generator" ? generatorResource : asyncResource;

  const generatorFaulty = asyncContextManager(function* (emit: asyncio.Emit<number>, times: number) {
    for (let i = 0; i < times; i++) yield* emit(i);
  });
  const asyncFaulty = asyncContextManager(async function* (times: number) {
    for (let i = 0; i < times; i++) yield i;
  });
  const faulty = spelling === "generator" ? generatorFaulty : asyncFaulty;

  const use = fn(function* use(tag: string, mode: string, fail: boolean) {
    const inside = block(function* (handle: string) {
      log("using", handle);
      if (fail) throw new asyncio.ValueError("from body");
    });
    try {
      yield* on(asyncio.asyncWith(resource(tag, mode), inside));
      log("block left normally");
    } catch (error) {
      log("outside:", typeName(error), error);
    }
  });

  const main = fn(function* main() {
    yield* on(use("r1", "suppress", false));
    yield* on(use("r2", "suppress", true));
    yield* on(use("r3", "pass", true));
    yield* on(use("r4", "replace", true));
    for (const times of [0, 1, 2]) {
      const inside = block(function* () {
        log("body with", times, "yields");
      });
      try {
        yield* on(asyncio.asyncWith(faulty(times), inside));
      } catch (error) {
        expectError(error, asyncio.RuntimeError);
        log("RuntimeError for", times, "yields");
      }
    }
  });
  return run(main.lazy());
});
