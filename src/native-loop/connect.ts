/** Outgoing connections of the native loop: each slot belongs to a Connecting until its CONNECT record comes. */
import type { ConnectionOptions } from "../core/contracts.js";
import { coroutine } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import type { HostAddress } from "../net/host-addresses.js";
import { withPath } from "../transports/unix-path.js";
import type { SlotOwner } from "./boundary/channel.js";
import { pendingConnection } from "./pending-connection.js";
import type { UvLoopContext } from "./uv-loop-context.js";
import { Op } from "./boundary/layout.js";
import { uvError } from "./boundary/uv-error.js";
import type { Given } from "../util/options.js";

type MakeError = (status: number) => Error;

/** Owns the slot until the connection is established or has failed. */
class Connecting implements SlotOwner {
  readonly slot: number;
  readonly generation: number;
  readonly connected: Future<void>;
  readonly #makeError: MakeError;

  constructor(loop: UvLoopContext, slot: number, makeError: MakeError) {
    this.slot = slot;
    this.generation = loop.native.generation(slot);
    this.connected = new Future<void>({ loop });
    this.#makeError = makeError;
    loop.channel.own(slot, this);
  }

  onReceived(): void {
    // Nothing is read before a transport owns the slot.
  }

  /** Called by Channel.run(). `connected` is done already if the waiting task was cancelled. */
  onCompletion(op: number, status: number): void {
    if (op !== Op.CONNECT || this.connected.done()) return;
    if (status < 0) this.connected.setException(this.#makeError(status));
    else this.connected.setResult(undefined);
  }
}

/** Connects to one address. Rejects with the system's error; an attempt that fails or is cancelled closes its socket. */
export const connectTcp = coroutine(function* connectTcp(
  loop: UvLoopContext,
  { address }: HostAddress,
  port: number,
  options: Given<ConnectionOptions>,
) {
  const { localAddr } = options;
  const slot = loop.native.connect({ address, port, localAddress: localAddr?.address, localPort: localAddr?.port });
  return yield* connected(loop, slot, (status) => uvError(status, "connect", address, port));
});

/** Connects to a Unix socket, as connectTcp. */
export const connectPath = coroutine(function* connectPath(loop: UvLoopContext, path: string) {
  return yield* connected(loop, loop.native.connectPath(path), (status) => withPath(uvError(status, "connect", path), path));
});

const connected = coroutine(function* connected(loop: UvLoopContext, slot: number, makeError: MakeError) {
  if (slot < 0) throw makeError(slot);
  const connecting = new Connecting(loop, slot, makeError);
  try {
    yield* connecting.connected;
  } catch (error) {
    loop.native.closeHandle(slot, connecting.generation);
    throw error;
  } finally {
    loop.channel.disown(slot, connecting);
  }
  return pendingConnection(loop, slot, connecting.generation);
});
