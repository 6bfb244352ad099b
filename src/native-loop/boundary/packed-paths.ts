import { PackedPath } from "./layout.js";

/** No path: the datagram goes to the peer that its socket is connected to. */
const NOWHERE = new Uint8Array(PackedPath.BYTES);

/** Translates between the packed paths of the arenas and strings, for Unix datagrams. The path of a socket that is not bound is "". */
export class PackedPaths {
  /** The last path read or packed, and its packed form: usually the next datagram has the same. */
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

  /** Packs a path; null for the peer that the socket is connected to. The caller has checked that it is not too long. */
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
