import type { EventLoop } from "../core/contracts.js";

/** What a loop closes when it is closed itself. */
export interface OwnedHandle {
  /** Closes at once. Idempotent. */
  dispose(): void;
}

/** What transports and listeners over Node's own sockets know of their loop. */
export interface HandleOwner extends EventLoop {
  /** Everything open that Node owns. Each adds itself when it opens and removes itself when it closes. @internal */
  readonly ownedHandles: Set<OwnedHandle>;
}
