/** Debug mode: reports coroutines that were created and never run, once they are garbage. Python's "was never awaited". */
import { captureSite } from "../core/creation-site.js";

interface Fate {
  awaited: boolean;
  readonly name: string;
  readonly madeAt: string;
}

const registry = new FinalizationRegistry<Fate>(({ awaited, name, madeAt }) => {
  if (!awaited) process.emitWarning(`coroutine '${name}' was never awaited; created at\n${madeAt}`, { type: "RuntimeWarning" });
});

export function watchAwaited(coroutine: object, name: string): Fate {
  const fate: Fate = { awaited: false, name, madeAt: captureSite(watchAwaited) };
  registry.register(coroutine, fate);
  return fate;
}
