/** The program of a ProcessPoolExecutor's child: runs what it is sent, one job after the other. */
import { runJob, unsendableResult, type Call, type Initializer, type Outcome } from "./job.js";

/** What the parent sends. */
export interface ProcessMessage {
  readonly call: Call;
  readonly initializer: Initializer | null;
}

/** What it sends: a job may send messages of its own, which nobody here waits for. */
export interface ProcessReply {
  readonly uvioOutcome: Outcome;
}

process.on("message", ({ call, initializer }: ProcessMessage) => {
  const ended = runJob(call, initializer);
  if (ended instanceof Promise) void ended.then(({ outcome }) => send(outcome, call));
  else send(ended.outcome, call);
});

// Without its parent nobody wants the result, and what a job has left running must not keep the process.
process.on("disconnect", () => process.exit());

function send(outcome: Outcome, call: Call): void {
  try {
    process.send!({ uvioOutcome: outcome } satisfies ProcessReply);
  } catch (error) {
    process.send!({ uvioOutcome: unsendableResult(call.target, error) } satisfies ProcessReply);
  }
}
