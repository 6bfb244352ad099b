/** The program of a ProcessPoolExecutor's worker process: runs the jobs that the parent sends, one at a time. */
import { runJob, unsendableResult, type Call, type Initializer, type Outcome } from "./job.js";

/** A message from the parent. */
export interface ProcessMessage {
  readonly call: Call;
  readonly initializer: Initializer | null;
}

/** A message to the parent. The key distinguishes it from messages that a job sends on its own, which the parent ignores. */
export interface ProcessReply {
  readonly uvioOutcome: Outcome;
}

process.on("message", ({ call, initializer }: ProcessMessage) => {
  const ended = runJob(call, initializer);
  if (ended instanceof Promise) void ended.then(({ outcome }) => send(outcome, call));
  else send(ended.outcome, call);
});

// Without the parent the result is useless, and work that a job left running must not keep the process alive.
process.on("disconnect", () => process.exit());

function send(outcome: Outcome, call: Call): void {
  try {
    process.send!({ uvioOutcome: outcome } satisfies ProcessReply);
  } catch (error) {
    process.send!({ uvioOutcome: unsendableResult(call.target, error) } satisfies ProcessReply);
  }
}
