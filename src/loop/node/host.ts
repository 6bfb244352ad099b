import type { EventLoop } from "../../core/contracts.js";

/** What the portable loop closes when it is closed itself. */
export interface Resource {
  /** Closes at once. Idempotent. */
  dispose(): void;
}

/** What the portable loop's transports and listeners know of it. */
export interface NodeHost extends EventLoop {
  /** Everything that is open. Each adds itself when it opens and removes itself when it closes. */
  readonly resources: Set<Resource>;
}
