/** The judgement of `npm run counts`. */
import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { judge, renewed, type Expected } from "../../bench/counts/verdict.js";
import { workloads } from "../../bench/counts/workloads.js";
import { read } from "./tree.js";

const failing = (kept: Record<string, number>, counted: Record<string, number>) =>
  judge(kept, counted).flatMap(({ workload, ok }) => (ok ? [] : [workload]));

describe("counted instructions", () => {
  it("may differ by 3 % from the kept ones, in both directions", () => {
    assert.deepEqual(failing({ a: 1000, b: 1000, c: 1000 }, { a: 1029, b: 971, c: 1000 }), []);
    assert.deepEqual(failing({ a: 1000, b: 1000, c: 1000 }, { a: 1031, b: 969, c: 1000 }), ["a", "b"]);
    assert.equal(judge({ a: 1000 }, { a: 1100 })[0]!.change, 1100 / 1000 - 1);
  });

  it("may differ by 5 % where they repeat less well", () => {
    assert.deepEqual(failing({ "futures-generators": 1000 }, { "futures-generators": 1049 }), []);
    assert.deepEqual(failing({ "futures-generators": 1000 }, { "futures-generators": 1051 }), ["futures-generators"]);
  });

  it("fail without a kept figure", () => {
    assert.deepEqual(failing({ a: 1000 }, { a: 1000, b: 1 }), ["b"]);
  });

  it("are kept beside those of other workloads and other versions of Node", () => {
    const expected: Expected = {
      "20": { node: "v20.1.0", instructions: { a: 1, b: 2 } },
      "22": { node: "v22.1.0", instructions: { a: 3 } },
    };
    assert.deepEqual(renewed(expected, "20", "v20.2.0", { b: 2.6 }), {
      "20": { node: "v20.2.0", instructions: { a: 1, b: 3 } },
      "22": { node: "v22.1.0", instructions: { a: 3 } },
    });
    assert.deepEqual(renewed({}, "24", "v24.0.0", { a: 1 }), { "24": { node: "v24.0.0", instructions: { a: 1 } } });
  });

  it("are kept for every workload, and for no other", () => {
    const expected = JSON.parse(read("bench/counts/expected.json")) as Expected;
    assert.ok(Object.keys(expected).length > 0);
    for (const { instructions } of Object.values(expected)) {
      assert.deepEqual(
        Object.keys(instructions),
        workloads.map(({ name }) => name),
      );
    }
  });
});
