/** One trial: one load run against a new server. */
import { runIdle, runLoad, type LoadGenerator, type LoadResult } from "./load.js";
import { runFairness, type FairnessResult } from "./fairness/fairness.js";
import type { Scenario } from "./scenarios.js";
import { startServer, type ServerCommand } from "./server.js";

export interface Trial {
  peer: string;
  round: number;
  /** Exactly one of `load`, `fairness`, `idle` and `error` is set. */
  load?: LoadResult;
  fairness?: FairnessResult;
  idle?: { rssBytes: number[]; bytesPerConnection: number };
  error?: string;
}

/** Starts a server process, runs one load against it, and stops it. */
export async function runTrial(
  scenario: Scenario,
  peer: { id: string; server: ServerCommand },
  round: number,
  generator: LoadGenerator,
  seconds: { duration: number; warmup: number },
): Promise<Trial> {
  const trial: Trial = { peer: peer.id, round };
  try {
    const isBusy = scenario.kind === "fairness" && scenario.busy;
    const server = await startServer(isBusy ? { ...peer.server, env: { ...peer.server.env, BUSY: "1" } } : peer.server);
    try {
      if (scenario.kind === "load") {
        trial.load = await runLoad(generator, server, scenario.load, seconds);
      } else if (scenario.kind === "fairness") {
        trial.fairness = await runFairness(server, scenario.flood, seconds.duration);
      } else {
        const { steps, restSeconds, messageBytes } = scenario;
        const rssBytes = await runIdle(generator, server, steps, restSeconds, messageBytes);
        const grown = rssBytes[rssBytes.length - 1]! - rssBytes[0]!;
        const opened = steps[steps.length - 1]! - steps[0]!;
        trial.idle = { rssBytes, bytesPerConnection: grown / opened };
      }
    } finally {
      await server.stop();
    }
  } catch (error) {
    trial.error = error instanceof Error ? error.message : String(error);
  }
  return trial;
}
