/** The judgement of `npm run bench:compare`: what differs beyond the spread of the rounds, and files that it refuses. */
import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { compare, type Results } from "../../bench/compare/changes.js";
import { parseResults, readResults } from "../../bench/compare/results.js";
import type { LoadResult } from "../../bench/load.js";
import type { Trial } from "../../bench/trial.js";

function trial(peer: string, round: number, cpu: number, rps: number, p50 = 10, p99 = 20): Trial {
  const load = { rps, latencyMicros: { p50, p99 }, server: { cpuMicrosPerMessage: cpu } } as LoadResult;
  return { peer, round, load };
}

function results(scenarios: Record<string, Trial[]>): Results {
  const outcomes = Object.entries(scenarios).map(([name, trials]) => ({ scenario: { name }, peers: [], trials }));
  return JSON.parse(JSON.stringify({ machine: {}, outcomes })) as Results;
}

/** Trials of rounds with these figures. */
const rounds = (peer: string, cpus: number[], rates: number[]) => cpus.map((cpu, i) => trial(peer, i + 1, cpu, rates[i]!));

function verdicts(before: Results, after: Results): string[] {
  return compare(before, after).comparisons.map(({ scenario, peer, figure, verdict }) => `${scenario} ${peer} ${figure}: ${verdict}`);
}

describe("a comparison of two results of the benchmark", () => {
  it("calls a figure changed only if the ranges of its rounds do not overlap", () => {
    const before = results({ echo: rounds("uvio", [5, 5.5, 6], [100, 110, 120]) });
    const after = results({ echo: rounds("uvio", [4, 4.5, 4.9], [90, 105, 200]) });
    assert.deepEqual(verdicts(before, after), [
      "echo uvio CPU µs/message: better",
      "echo uvio messages/s: same",
      "echo uvio p50 µs: same",
      "echo uvio p99 µs: same",
    ]);
  });

  it("takes less CPU and a higher rate for better, and the opposite for worse", () => {
    const low = results({ echo: rounds("uvio", [1, 2], [100, 110]) });
    const high = results({ echo: rounds("uvio", [3, 4], [200, 210]) });
    assert.deepEqual(verdicts(low, high).slice(0, 2), ["echo uvio CPU µs/message: worse", "echo uvio messages/s: better"]);
    assert.deepEqual(verdicts(high, low).slice(0, 2), ["echo uvio CPU µs/message: better", "echo uvio messages/s: worse"]);
    assert.equal(compare(low, high).comparisons[0]!.change, 3.5 / 1.5 - 1);
  });

  it("does not judge a single round", () => {
    const one = results({ echo: rounds("uvio", [1], [100]) });
    const other = results({ echo: rounds("uvio", [9, 9], [900, 900]) });
    assert.deepEqual(new Set(compare(one, other).comparisons.map(({ verdict }) => verdict)), new Set(["unknown"]));
  });

  it("leaves failed trials out, and names pairs that only one file has", () => {
    const failed: Trial = { peer: "bun", round: 1, error: "the server ended" };
    const before = results({ echo: [...rounds("uvio", [1], [1]), failed], lines: rounds("uvio", [1], [1]) });
    const after = results({ echo: [...rounds("uvio", [1], [1]), ...rounds("bun", [1], [1])] });
    const { onlyOld, onlyNew } = compare(before, after);
    assert.deepEqual([onlyOld, onlyNew], [["lines: uvio"], ["echo: bun"]]);
  });

  it("compares the times of fairness and the memory of idle connections", () => {
    const of = (p50: number | null, bytes: number) =>
      [1, 2].flatMap((round) => [
        { peer: "uvio", round, fairness: { p50, p99: p50, serverCpu: 1 } },
        { peer: "idle", round, idle: { rssBytes: [], bytesPerConnection: bytes } },
      ]) as unknown as Trial[];
    assert.deepEqual(verdicts(results({ f: of(5, 900) }), results({ f: of(9, 800) })), [
      "f uvio p50 ms: worse",
      "f uvio p99 ms: worse",
      "f uvio server CPU s/s: same",
      "f idle bytes per connection: better",
    ]);
    assert.deepEqual(verdicts(results({ f: of(null, 900) }), results({ f: of(9, 900) })), [
      "f uvio server CPU s/s: same",
      "f idle bytes per connection: same",
    ]);
  });
});

describe("a file of results", () => {
  it("that does not exist is an error with those that do", () => {
    assert.throws(
      () => readResults("no-such-results.json"),
      /no-such-results\.json does not exist, neither here nor in bench\/results\/, which has /,
    );
  });

  it("that is not from npm run bench is an error that says so", () => {
    assert.throws(() => parseResults("a", "{"), /^Error: a is not JSON \(.+\); expected a file that npm run bench has written$/);
    assert.throws(() => parseResults("a", '{"columns": []}'), /has the results of npm run bench:micro/);
    for (const text of [
      "null",
      "[]",
      "3",
      "{}",
      '{"machine": {}, "outcomes": [{}]}',
      '{"machine": {}, "outcomes": [{"scenario": {"name": "a"}, "trials": [null]}]}',
    ]) {
      assert.throws(() => parseResults("a", text), /^Error: a has no "machine" and "outcomes"/, text);
    }
    assert.throws(() => parseResults("a", '{"machine": {}, "outcomes": []}'), /its run was interrupted/);
  });
});
