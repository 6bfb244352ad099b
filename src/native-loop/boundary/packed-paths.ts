import { PackedPath } from "./layout.js";

/** No name: a datagram goes where its socket is connected to. */
const NOWHERE = new Uint8Array(PackedPath.BYTES);

/** PackedAddresses for Unix sockets: their addresses are paths, "" for a socket that is not bound. */
export class PackedPaths {
  /** Whom was heard of or sent to last: mostly who is next. */
  #packed = NOWHERE;
  #path = "";

  /** The path at the beginning of `bytes`. */
  read(bytes: Uint8Array, offset: number): string {
    const packed = bytes.subarray(offset, offset + PackedPath.BYTES);
    const length = packed[PackedPath.LENGTH]!;
    if (length === 0) return "";
    if (Buffer.compare(packed, this.#packed) !== 0) {
      this.#packed = packed.slice();
      this.#path = Buffer.from(this.#packed.buffer, PackedPath.PATH, length).toString();
    }
    return this.#path;
  }

  /** Of one that is not too long. */
  pack(path: string | null): Uint8Array {
    if (path === null) return NOWHERE;
    if (path !== this.#path) {
      const packed = new Uint8Array(PackedPath.BYTES);
      packed[PackedPath.LENGTH] = Buffer.from(packed.buffer).write(path, PackedPath.PATH);
      this.#packed = packed;
      this.#path = path;
    }
    return this.#packed;
  }
}
