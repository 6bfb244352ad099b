/** Creates the transport and the protocol of a new socket, and closes the socket if that fails. */
import type { EventLoop, StreamProtocol } from "../core/contracts.js";
import type { CoroutineGenerator } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import { describe } from "../util/format.js";
import type { StreamTransport, TransportOwner } from "./stream-transport.js";

/** A socket that no transport owns yet. Its holder must call exactly one of the two methods. */
export interface PendingTransport<P, T> {
  makeTransport(protocol: P, owner: TransportOwner | null): T;
  close(): void;
}

/** A transport that can be started: `begin` schedules connectionMade, then receiving, then the completion of `waiter`. */
interface Startable {
  begin(waiter: Future<void> | null): void;
  close(): void;
}

/** Creates the protocol and the transport of a socket, and waits until the transport has started. Closes the socket on any error. */
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

/** Starts a transport and waits until it has started. Calls `giveUp` if that fails or the wait is cancelled. */
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

/** Creates a protocol for `opened`; closes `opened` if the factory fails. */
export function makeProtocol<P>(opened: PendingTransport<P, unknown>, factory: () => P): P {
  try {
    return protocolOf(factory);
  } catch (error) {
    opened.close();
    throw error;
  }
}

/** Calls the factory. Throws TypeError if it does not return a protocol; a promise of one is a common mistake. */
export function protocolOf<P>(factory: () => P): P {
  const protocol: unknown = factory();
  if (typeof protocol !== "object" || protocol === null || typeof (protocol as Partial<PromiseLike<unknown>>).then === "function")
    throw new TypeError(`the protocol factory must return a protocol, but returned ${describe(protocol)}`);
  return protocol as P;
}

/** A connection that no transport owns yet. */
export type PendingConnection = PendingTransport<StreamProtocol, StreamTransport>;
