/** ContextVar, Token and Context. */
import assert from "node:assert/strict";
import { test } from "vitest";
import * as asyncio from "uvio";

test("get: the value, else the argument, else the default, else LookupError", () => {
  asyncio.copyContext().run(() => {
    const bare = new asyncio.ContextVar<number>("bare");
    assert.throws(() => bare.get(), { name: "LookupError", message: /"bare" has no value/ });
    assert.equal(bare.get(1), 1);
    bare.set(2);
    assert.equal(bare.get(1), 2);
    const withDefault = new asyncio.ContextVar<number | undefined>("withDefault", { default: 5 });
    assert.equal(withDefault.get(), 5);
    assert.equal(withDefault.get(6), 6);
    withDefault.set(undefined);
    assert.equal(withDefault.get(6), undefined);
    assert.throws(() => new asyncio.ContextVar(5 as never), TypeError);
    assert.throws(() => new asyncio.ContextVar("name", "a default" as never), /TypeError: options must be \{ default \}, got "a default"/);
  });
});

test("reset undoes one set, once, in the context it was made in", () => {
  const variable = new asyncio.ContextVar<string>("variable");
  asyncio.copyContext().run(() => {
    const first = variable.set("one");
    const second = variable.set("two");
    assert.equal(first.oldValue, asyncio.Token.MISSING);
    assert.equal(second.oldValue, "one");
    assert.equal(second.variable, variable);
    variable.reset(second);
    assert.equal(variable.get(), "one");
    assert.throws(() => variable.reset(second), { name: "RuntimeError", message: /already been used once/ });
    const other = new asyncio.ContextVar<string>("other");
    assert.throws(() => other.reset(first), { name: "ValueError", message: /created by ContextVar "variable"/ });
    assert.throws(() => asyncio.copyContext().run(() => variable.reset(first)), { name: "ValueError", message: /different Context/ });
    assert.throws(() => variable.reset({} as never), TypeError);
    variable.reset(first);
    assert.throws(() => variable.get(), asyncio.LookupError);
  });
});

test("a context is a snapshot: what is set later or elsewhere does not change it", () => {
  const variable = new asyncio.ContextVar<number>("variable", { default: 0 });
  const outer = new asyncio.Context();
  outer.run(() => {
    variable.set(1);
    const copy = asyncio.copyContext();
    variable.set(2);
    assert.equal(copy.get(variable), 1);
    copy.run(() => variable.set(3));
    assert.equal(variable.get(), 2);
    assert.equal(copy.get(variable), 3);
    assert.equal(outer.copy().get(variable), 2);
  });
  assert.equal(variable.get(), 0);
  assert.equal(outer.has(variable), true);
  assert.equal(new asyncio.Context().has(variable), false);
  assert.deepEqual(
    [outer.size, [...outer], [...outer.keys()], [...outer.values()], [...outer.entries()]],
    [1, [variable], [variable], [2], [[variable, 2]]],
  );
});

test("run passes arguments, result and errors on, and restores the context whatever happens", () => {
  const variable = new asyncio.ContextVar<number>("variable", { default: 0 });
  const context = new asyncio.Context();
  assert.equal(
    context.run((a: number, b: number) => a + b, 1, 2),
    3,
  );
  const error = new Error("mine");
  assert.throws(
    () =>
      context.run(() => {
        variable.set(1);
        throw error;
      }),
    (caught) => caught === error,
  );
  assert.equal(variable.get(), 0);
  assert.equal(
    context.run(() => variable.get()),
    1,
  );
});

test("a context cannot be entered twice; wrap may be called from inside", () => {
  const context = new asyncio.Context();
  context.run(() => {
    assert.throws(() => context.run(() => {}), { name: "RuntimeError", message: /already entered/ });
    assert.equal(context.wrap((x: number) => x + 1)(1), 2);
  });
});
