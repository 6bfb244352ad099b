/**
 * Warns about sessions that were garbage-collected without being closed, as aiohttp's "Unclosed client session". In debug mode the warning
 * has the stack of the place that created the session.
 */
import { captureSite } from "../../core/creation-site.js";
import { runningLoopOrNull } from "../../core/running.js";

interface Fate {
  closed: boolean;
  readonly madeAt: string | null;
}

const registry = new FinalizationRegistry<Fate>(({ closed, madeAt }) => {
  if (closed) return;
  const where = madeAt === null ? "" : `; created at\n${madeAt}`;
  process.emitWarning(`Unclosed client session: await session.close(), or use asyncWith${where}`, { type: "ResourceWarning" });
});

export function watchUnclosed(session: object): Fate {
  const fate: Fate = { closed: false, madeAt: runningLoopOrNull()?.debug === true ? captureSite(session.constructor) : null };
  registry.register(session, fate);
  return fate;
}
