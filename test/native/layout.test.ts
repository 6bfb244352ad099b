/** The ring's layout is declared twice, in C++ and in TypeScript. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { loadBinding, Turn } from "#uvio/native-loop/boundary/addon.js";
import * as layout from "#uvio/native-loop/boundary/layout.js";
import { uvSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";

/** { "Group.NAME": value } of constants in groups, "NAME" of single ones. */
function flatten(groups: object): Record<string, number> {
  const flat: Record<string, number> = {};
  for (const [group, value] of Object.entries(groups)) {
    if (typeof value === "number") flat[group] = value;
    else for (const [name, constant] of Object.entries(value as Record<string, number>)) flat[`${group}.${name}`] = constant;
  }
  return flat;
}

test("both sides of the rings declare the same constants, and none that the other does not have", unless(uvSkipped), () => {
  assert.deepEqual({ ...loadBinding().layout }, flatten({ ...layout, Turn }));
});

test("the fields of a record are its whole, each in its own place", () => {
  for (const [name, { INTS, ...fields }] of Object.entries({ Completion: layout.Completion, Submission: layout.Submission })) {
    assert.deepEqual(
      Object.values(fields).sort((a, b) => a - b),
      [...Array(INTS).keys()],
      name,
    );
  }
});

test("the addon names the libuv that Node has loaded", unless(uvSkipped), () => {
  assert.equal(loadBinding().uvVersion, process.versions.uv);
});
