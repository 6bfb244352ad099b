/**
 * Random interleavings of operations, cancellations and aborts on every lock and queue, checked against what must hold at every moment:
 * nothing lost, nothing duplicated, first come first served, no waiter forgotten.
 */
import assert from "node:assert/strict";
import { test } from "vitest";
import fc from "fast-check";
import * as asyncio from "uvio";
import { LOOP_KINDS, makeLoop, loopSkipped, type LoopKind } from "../support/loops.js";
import { Writer, type Spelling } from "../support/spellings.js";
import { unless } from "../support/unless.js";
import { models, type Define, type Model } from "./models.js";

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`property seed: SEED=${seed}`);

const RUNS: Record<LoopKind, number> = { node: 150, uv: 30 };
/** More than forty actors need, one after the other. */
const QUIET_TURNS = 400;
const SPELLINGS: readonly Spelling[] = ["generator", "async"];

/** One step of a program; `who` counts the actors that have not ended, from the oldest: they are the ones about to be woken. */
type Step =
  { do: "act"; kind: number; value: number; signal: boolean } | { do: "cancel" | "abort"; who: number } | { do: "turns"; count: number };

/** Kinds of operations: all of them, or few, so that lines of waiters get long. The model defines what a kind means. */
const kinds = [fc.nat(23), fc.constantFrom(0, 1, 2, 14, 15), fc.constantFrom(9, 10, 11, 18, 19), fc.constantFrom(1, 2, 3)];

function steps(kind: fc.Arbitrary<number>): fc.Arbitrary<Step[]> {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("act" as const), kind, value: fc.nat(9), signal: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom("cancel" as const, "abort" as const),
        who: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(3) }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("turns" as const), count: fc.constantFrom(1, 1, 1, 2, 5) }) },
  );
  return fc.array(step, { minLength: 1, maxLength: 40, size: "max" });
}

const program: fc.Arbitrary<Step[]> = fc.oneof(...kinds.map(steps));

interface Actor {
  task: asyncio.Task<void>;
  controller: AbortController;
}

async function play(kind: LoopKind, spelling: Spelling, make: (fn: Define) => Model, list: readonly Step[]): Promise<void> {
  const writer = new Writer(spelling);
  const reported: unknown[] = [];
  const main = async (): Promise<void> => {
    asyncio.getRunningLoop().setExceptionHandler((_, context) => reported.push(context.exception ?? context.message));
    const model = make((body) => writer.fn(body));
    const actors: Actor[] = [];
    const reason = new Error("aborted");
    const pick = (who: number): Actor | undefined => {
      const pending = actors.filter(({ task }) => !task.done());
      return pending[who % pending.length];
    };
    for (const one of list) {
      switch (one.do) {
        case "act": {
          const controller = new AbortController();
          const body = model.act(one.kind, one.value, one.signal ? controller.signal : undefined);
          if (body !== null) actors.push({ task: asyncio.createTask(body, { name: `actor ${actors.length}` }), controller });
          break;
        }
        case "cancel":
          pick(one.who)?.task.cancel();
          break;
        case "abort":
          pick(one.who)?.controller.abort(reason);
          break;
        case "turns":
          for (let i = 0; i < one.count; i++) await asyncio.sleep(0);
          break;
      }
      model.check();
    }
    // Every actor that can continue does so. Then no actor that could continue may still be waiting.
    const tasks = actors.map(({ task }) => task);
    for (let round = 0; tasks.some((task) => !task.done()); round++) {
      for (let i = 0; i < QUIET_TURNS && tasks.some((task) => !task.done()); i++) await asyncio.sleep(0);
      model.check();
      if (tasks.every((task) => task.done())) break;
      assert.ok(
        round < 100,
        `still waiting: ${tasks
          .filter((task) => !task.done())
          .map(String)
          .join()}`,
      );
      model.checkQuiet();
      if (!model.relax()) for (const task of tasks) task.cancel();
    }
    model.checkEnd();
    for (const task of tasks) {
      if (task.cancelled()) continue;
      const error = task.exception();
      if (error !== null && error !== reason && !model.allows(error)) throw error;
    }
  };
  await asyncio.run(main, { loopFactory: () => makeLoop(kind) });
  assert.deepEqual(reported, []);
}

for (const kind of LOOP_KINDS) {
  for (const spelling of SPELLINGS) {
    for (const [name, make] of Object.entries(models)) {
      test(`${name}: random operations, cancellations and aborts (${spelling}) [${kind}]`, unless(loopSkipped(kind)), async () => {
        await fc.assert(
          fc.asyncProperty(program, async (list) => {
            await play(kind, spelling, make, list);
          }),
          { seed, numRuns: RUNS[kind] },
        );
      });
    }
  }
}
