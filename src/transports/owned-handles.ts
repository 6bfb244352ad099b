/** The resources of Node that a loop must close when it is closed. */
import type { EventLoop } from "../core/contracts.js";

/** An open resource that its loop must close when the loop is closed. */
export interface OwnedHandle {
  /** Closes immediately. Idempotent. */
  dispose(): void;
}

/** A loop, as the transports and listeners over Node streams use it. */
export interface HandleOwner extends EventLoop {
  /** The open resources that belong to Node. Each adds itself when it opens and removes itself when it closes. @internal */
  readonly ownedHandles: Set<OwnedHandle>;
  /** Called when Node has accepted a connection of one of them. @internal */
  onAccepted(): void;
}
