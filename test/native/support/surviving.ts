/** Lets a scenario go on after errors that a program would see as uncaught. */
import assert from "node:assert/strict";

/**
 * Runs the body while uncaught exceptions, and rejections that nothing awaits, are only checked to be Errors; with `anything`, not even that.
 * The body's own failure is thrown on: a listener that is still there would swallow it, and the process would end well.
 */
export async function surviving<T>(body: () => Promise<T>, anything = false): Promise<T> {
  const strange: unknown[] = [];
  const caught = (error: unknown): void => {
    if (!anything && !(error instanceof Error)) strange.push(error);
  };
  process.on("uncaughtException", caught).on("unhandledRejection", caught);
  try {
    const result = await body();
    assert.deepEqual(strange, [], "only Errors are thrown");
    return result;
  } finally {
    process.off("uncaughtException", caught).off("unhandledRejection", caught);
  }
}
