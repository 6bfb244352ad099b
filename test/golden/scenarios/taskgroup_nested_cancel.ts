/**
 * Cancelling the task that owns nested TaskGroups cancels all inner tasks first and surfaces as a plain CancelledError, and an inner
 * group's error reaches the outer group as one nested ExceptionGroup.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectCancelled, expectError, typeName } from "../python.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, block, log, run }) => {
  const leaf = fn(function* leaf(tag: string, delay: number, cleanup: number) {
    try {
      yield* on(asyncio.sleep(delay));
      throw new asyncio.ValueError(tag);
    } catch (error) {
      expectCancelled(error);
      yield* on(asyncio.sleep(cleanup));
      log("leaf", tag, "cancelled");
      throw error;
    }
  });

  const nested = fn(function* nested(delay: number) {
    const insideInner = block(function* (inner: asyncio.TaskGroup) {
      inner.createTask(leaf.lazy("inner", delay, 0));
      inner.createTask(leaf.lazy("inner-2", 10, 0.04));
      log("inner body done");
    });
    const insideOuter = block(function* (outer: asyncio.TaskGroup) {
      outer.createTask(leaf.lazy("outer", 10, 0));
      try {
        yield* on(asyncio.asyncWith(new asyncio.TaskGroup(), insideInner));
      } finally {
        log("inner group left");
      }
      log("outer body done");
    });
    yield* on(asyncio.asyncWith(new asyncio.TaskGroup(), insideOuter));
  });

  const shape = (error: unknown): string =>
    error instanceof asyncio.ExceptionGroup ? `Group(${error.exceptions.map(shape).sort().join(",")})` : typeName(error);

  const main = fn(function* main() {
    const t = asyncio.createTask(nested.lazy(10));
    yield* on(asyncio.sleep(0.01));
    t.cancel();
    try {
      yield* on(t);
    } catch (error) {
      expectCancelled(error);
      log("CancelledError, task cancelled:", t.cancelled());
    }
    try {
      yield* on(nested(0.03));
    } catch (error) {
      log(shape(expectError(error, asyncio.ExceptionGroup)));
    }
  });
  return run(main.lazy());
});
