/** The entry point uvio/contextvars. */
import assert from "node:assert/strict";
import { test } from "vitest";
import * as asyncio from "uvio";
import * as contextvars from "uvio/contextvars";
import { eachLoop } from "../support/loops.js";

test("uvio/contextvars exports Python's contextvars, the same as uvio does", () => {
  assert.deepEqual(Object.keys(contextvars).sort(), ["Context", "ContextVar", "Token", "copyContext"]);
  for (const name of Object.keys(contextvars) as (keyof typeof contextvars)[]) assert.equal(contextvars[name], asyncio[name]);
});

eachLoop("each task has its own copy of the context, before and after a foreign await", async (t) => {
  const variable = new contextvars.ContextVar("variable", { default: "outside" });
  await t.run(async () => {
    variable.set("main");
    const seen: string[] = [];
    const work = (name: string) => async () => {
      seen.push(variable.get());
      variable.set(name);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(variable.get());
    };
    await asyncio.gather(asyncio.createTask(work("a")), asyncio.createTask(work("b")));
    assert.deepEqual(seen, ["main", "main", "a", "b"]);
    assert.equal(variable.get(), "main");
  });
  assert.equal(variable.get(), "outside");
});
