/** The program of a ThreadPoolExecutor's worker thread: piscina calls `run` for each job. */
import { workerData } from "node:worker_threads";
import { runJob, unsendableResult, whyUnsendable, type Call, type Ended, type Initializer, type Outcome } from "./job.js";
import type { Transferables } from "./transfer.js";

const initializer = workerData as Initializer | null;

export function run(call: Call): unknown {
  const ended = runJob(call, initializer);
  return ended instanceof Promise ? ended.then((later) => reply(call, later)) : reply(call, ended);
}

function reply({ target }: Call, { outcome, transferList }: Ended): unknown {
  if (transferList.length > 0) return withTransfer(outcome, transferList);
  if (!outcome.ok) return outcome;
  const cause = whyUnsendable(outcome.many?.args ?? outcome.value);
  return cause === null ? outcome : unsendableResult(target, cause);
}

async function withTransfer(outcome: Outcome, transferList: Transferables): Promise<unknown> {
  const { move, transferableSymbol, valueSymbol } = await import("piscina");
  return move({ [transferableSymbol]: transferList, [valueSymbol]: outcome } as never);
}
