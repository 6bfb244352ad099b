import type { Address, AddressLike } from "../../core/contracts.js";
import { notNumeric } from "../../transports/datagram-transport.js";
import type { NativeLoop } from "./addon.js";
import { PackedAddress } from "./layout.js";
import { uvError } from "./uv-error.js";

/** Addresses that are remembered; a power of two. If two have the same place, the later one replaces the earlier. */
const PLACES = 1024;

interface Entry {
  readonly packed: Uint8Array;
  /** Frozen, since every datagram of this sender gets the same object. */
  readonly address: Address;
}

/** No address: the datagram goes to the address that its socket is connected to. */
const NOWHERE = new Uint8Array(PackedAddress.BYTES);

/** Translates between the packed addresses of the arenas and Address objects. Remembers both, so that a known peer costs no new string. */
export class PackedAddresses {
  readonly #native: NativeLoop;
  readonly #entries: (Entry | undefined)[] = [];
  /** The last sender: usually the next datagram is an answer to it. */
  #last: Entry | null = null;
  /** The last destination that was packed, by value, since the program may change its object. */
  #to: { address: string; port: number; packed: Uint8Array } | null = null;

  constructor(native: NativeLoop) {
    this.#native = native;
  }

  /** The address at the beginning of `bytes`. */
  read(bytes: Uint8Array, offset: number): Address {
    const last = this.#last;
    if (last !== null && isAt(last.packed, bytes, offset)) return last.address;
    const place = hash(bytes, offset) & (PLACES - 1);
    const known = this.#entries[place];
    if (known !== undefined && isAt(known.packed, bytes, offset)) return (this.#last = known).address;
    const packed = bytes.slice(offset, offset + PackedAddress.BYTES);
    const address = this.#native.unpackAddress(packed);
    if (typeof address === "number") throw uvError(address, "recvmsg");
    const entry = { packed, address: Object.freeze(address) };
    this.#entries[place] = this.#last = entry;
    return entry.address;
  }

  /** Packs an address; null for the address that the socket is connected to. Throws ValueError for an address that is not numeric. */
  pack(addr: AddressLike | null): Uint8Array {
    if (addr === null) return NOWHERE;
    const last = this.#last;
    if (last !== null && last.address === addr) return last.packed;
    const { address, port } = addr;
    const to = this.#to;
    if (to !== null && to.port === port && to.address === address) return to.packed;
    const packed = new Uint8Array(PackedAddress.BYTES);
    if (this.#native.packAddress(address, port, packed) < 0) throw notNumeric(addr);
    this.#to = { address, port, packed };
    return packed;
  }
}

function isAt(packed: Uint8Array, bytes: Uint8Array, offset: number): boolean {
  const used = packed[PackedAddress.FAMILY] === 4 ? PackedAddress.HOST + 4 : PackedAddress.BYTES;
  for (let i = 0; i < used; i++) if (packed[i] !== bytes[offset + i]) return false;
  return true;
}

function hash(bytes: Uint8Array, offset: number): number {
  const host = offset + PackedAddress.HOST;
  const port = (bytes[offset + PackedAddress.PORT]! << 8) | bytes[offset + PackedAddress.PORT + 1]!;
  let sum = port;
  for (let i = 0; i < 16; i++) sum = (Math.imul(sum, 31) + bytes[host + i]!) | 0;
  return sum ^ (sum >>> 10) ^ (port << 3);
}
