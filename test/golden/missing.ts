/** Recorded scenarios without a translation, and what uvio lacks for them. */
export const MISSING: Readonly<Record<string, string>> = {
  datagram_endpoints: "createDatagramEndpoint",
  signal_handlers: "addSignalHandler",
  subprocess_basics: "createSubprocessExec",
  threads_and_executor: "runInExecutor, toThread",
};
