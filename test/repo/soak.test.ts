/** The judgement of `npm run soak`: what is flat passes, and each kind of leak is found. */
import assert from "node:assert/strict";
import { it } from "vitest";
import { findings, type Sample } from "../../bench/soak/verdict.js";

const MIB = 1 << 20;

/** A minute: samples under load, and one at the end of each loop. `more` is what leaks. */
function curve(more: (seconds: number) => Partial<Sample> = () => ({})): Sample[] {
  return Array.from({ length: 60 }, (_, seconds) => {
    const quiet = seconds % 2 === 0;
    const noise = ((seconds * 7) % 5) * MIB;
    const open = quiet ? 0 : 40;
    const base = {
      descriptors: 20 + open,
      handles: 4 + open,
      rss: 80 * MIB + noise,
      heap: 7 * MIB,
      accepted: seconds * 300,
      loops: seconds >> 1,
    };
    return { quiet, seconds, ...base, ...more(seconds) };
  });
}

it("a soak that only warms up is flat", () => {
  assert.deepEqual(findings(curve(), 15), []);
  assert.deepEqual(
    findings(
      curve((seconds) => (seconds < 15 ? { rss: 50 * MIB, heap: MIB, descriptors: 19, handles: 2 } : {})),
      15,
    ),
    [],
  );
});

for (const [what, leak] of Object.entries({
  descriptors: (seconds: number) => ({ descriptors: seconds < 50 ? 20 : 21 }),
  handles: (seconds: number) => ({ handles: 4 + (seconds >> 3) }),
  rss: (seconds: number) => ({ rss: (80 + seconds) * MIB }),
  heap: (seconds: number) => ({ heap: 7 * MIB + seconds * 120_000 }),
})) {
  it(`a soak that leaks is not flat: ${what}`, () => {
    const found = findings(curve(leak), 15);
    assert.equal(found.length, 1, found.join("; "));
    assert.ok(found[0]!.startsWith(`${what}: `), found[0]);
  });
}

it("a soak of too few loops is not judged", () => {
  assert.match(findings(curve().slice(0, 20), 15)[0]!, /^only 2 loops were closed after the warm-up/);
});
