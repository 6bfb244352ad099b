import type { EventLoop, StreamProtocol } from "../core/contracts.js";
import type { CoroutineGenerator } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import { describe } from "../util/format.js";
import type { StreamTransport, TransportOwner } from "./stream-transport.js";

/** A socket that no transport owns yet: it is given one, or closed. */
export interface PendingTransport<P, T> {
  makeTransport(protocol: P, owner: TransportOwner | null): T;
  close(): void;
}

/** How a transport begins: connectionMade, then receiving, then `waiter` is told. */
interface Startable {
  begin(waiter: Future<void> | null): void;
  close(): void;
}

/** Gives a socket its protocol, and waits until both have begun. What fails on the way leaves no socket behind. */
export function* attachProtocol<P, T extends Startable>(
  loop: EventLoop,
  opened: PendingTransport<P, T>,
  factory: () => P,
): CoroutineGenerator<[transport: T, protocol: P]> {
  const protocol = makeProtocol(opened, factory);
  const transport = opened.makeTransport(protocol, null);
  yield* waitUntilStarted(loop, transport, () => transport.close());
  return [transport, protocol];
}

/** Waits until a transport has begun; if it fails to, or the wait is cancelled, `giveUp` ends it. */
export function* waitUntilStarted(loop: EventLoop, transport: Pick<Startable, "begin">, giveUp: () => void): CoroutineGenerator<void> {
  const ready = new Future<void>({ loop });
  transport.begin(ready);
  try {
    yield* ready;
  } catch (error) {
    giveUp();
    throw error;
  }
}

/** A protocol for `opened`, which is closed if there is none. */
export function makeProtocol<P>(opened: PendingTransport<P, unknown>, factory: () => P): P {
  try {
    return protocolOf(factory);
  } catch (error) {
    opened.close();
    throw error;
  }
}

/** What the factory gives. TypeError for what is no protocol. */
export function protocolOf<P>(factory: () => P): P {
  const protocol: unknown = factory();
  if (typeof protocol !== "object" || protocol === null || typeof (protocol as Partial<PromiseLike<unknown>>).then === "function")
    throw new TypeError(`the protocol factory must return a protocol, but returned ${describe(protocol)}`);
  return protocol as P;
}

/** A connection that no transport owns yet. */
export type PendingConnection = PendingTransport<StreamProtocol, StreamTransport>;
