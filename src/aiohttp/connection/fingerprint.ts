import { createHash } from "node:crypto";
import { ValueError } from "../../core/errors.js";
import { describe } from "../../util/format.js";
import { ServerFingerprintMismatch, type ConnectionTarget } from "../http/errors.js";

const SHA256_BYTES = 32;
const INSECURE_BYTES = [16, 20];

/**
 * A certificate that is known beforehand, given as `ssl`: the server must have that one, whoever vouches for it, or the request fails with
 * ServerFingerprintMismatch. `digest` is the SHA-256 of the certificate's DER form: 32 bytes, or their hexadecimal digits, with colons or
 * without, as `openssl x509 -fingerprint -sha256` prints them. ValueError for any other length. Mirrors aiohttp.Fingerprint.
 */
export class Fingerprint {
  readonly digest: Buffer;

  constructor(digest: Uint8Array | string) {
    if (typeof digest !== "string" && !(digest instanceof Uint8Array))
      throw new TypeError(`digest must be bytes or a string of hexadecimal digits, got ${describe(digest)}`);
    this.digest = typeof digest === "string" ? Buffer.from(digest.replaceAll(":", ""), "hex") : Buffer.from(digest);
    const { length } = this.digest;
    if (INSECURE_BYTES.includes(length))
      throw new ValueError("md5 and sha1 are insecure and not supported: give the certificate's SHA-256");
    if (length !== SHA256_BYTES) throw new ValueError(`digest must be the ${SHA256_BYTES} bytes of a SHA-256, got ${length} bytes`);
  }

  /** ServerFingerprintMismatch for any other certificate. @internal */
  check(certificate: Buffer, target: ConnectionTarget): void {
    const got = createHash("sha256").update(certificate).digest();
    if (!got.equals(this.digest)) throw new ServerFingerprintMismatch(this.digest, got, target);
  }
}
