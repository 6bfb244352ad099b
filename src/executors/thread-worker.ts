/** What a thread of a ThreadPoolExecutor runs: piscina calls `run` for each job. */
import { workerData } from "node:worker_threads";
import { runJob, unsendableResult, whyUnsendable, type Call, type Initializer } from "./job.js";

const initializer = workerData as Initializer | null;

export async function run(call: Call): Promise<unknown> {
  const { outcome, transferList } = await runJob(call, initializer);
  if (transferList.length > 0) {
    const { move, transferableSymbol, valueSymbol } = await import("piscina");
    return move({ [transferableSymbol]: transferList, [valueSymbol]: outcome } as never);
  }
  if (outcome.ok) {
    const cause = whyUnsendable(outcome.value);
    if (cause !== null) return unsendableResult(call.target, cause);
  }
  return outcome;
}
