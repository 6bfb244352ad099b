import type { Address, SocketFamily, SocketType, TransportSocket } from "../../core/contracts.js";
import type { NativeLoop } from "../boundary/addon.js";
import { uvError } from "../boundary/uv-error.js";
import { getOption, setOption, type NativeOptions } from "./socket-options.js";

/**
 * The socket of a transport or listener, as getExtraInfo("socket") and server.sockets offer it. It names the handle by slot and generation:
 * after the handle is closed every call throws EBADF, and fileno() returns -1.
 */
export class UvSocketView<A extends Address | string = Address | string> implements TransportSocket<A>, NativeOptions {
  readonly family: SocketFamily;
  readonly type: SocketType;
  readonly #native: NativeLoop;
  readonly #slot: number;
  readonly #generation: number;

  /** `name`: the local address, if the caller has it. The family is derived from it. */
  constructor(
    native: NativeLoop,
    slot: number,
    generation: number,
    type: SocketType,
    name: Address | string | number = native.localAddress(slot, generation),
  ) {
    this.#native = native;
    this.#slot = slot;
    this.#generation = generation;
    this.type = type;
    this.family = typeof name === "object" ? name.family : "unix";
  }

  fileno(): number {
    return Math.max(-1, this.#native.fileno(this.#slot, this.#generation));
  }

  getsockname(): A {
    const address = this.#native.localAddress(this.#slot, this.#generation);
    if (typeof address === "number") throw uvError(address, "getsockname");
    return address as A;
  }

  getpeername(): A {
    const address = this.#native.peerAddress(this.#slot, this.#generation);
    if (typeof address === "number") throw uvError(address, "getpeername");
    return address as A;
  }

  setsockopt(level: string | number, option: string | number, value: number | boolean | Uint8Array): void {
    setOption(this, level, option, value);
  }

  getsockopt(level: string | number, option: string | number): number;
  getsockopt(level: string | number, option: string | number, length: number): Buffer;
  getsockopt(level: string | number, option: string | number, length?: number): number | Buffer {
    return getOption(this, level, option, length);
  }

  /** @internal */
  setOption(level: number, option: number, value: number | Uint8Array): number {
    return this.#native.setSocketOption(this.#slot, this.#generation, level, option, value);
  }

  /** @internal */
  getOption(level: number, option: number, length: number): [number | ArrayBuffer] | number {
    return this.#native.getSocketOption(this.#slot, this.#generation, level, option, length);
  }

  toString(): string {
    return `<TransportSocket ${this.family} ${this.type} fd=${this.fileno()}>`;
  }
}
