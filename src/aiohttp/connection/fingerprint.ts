import { createHash } from "node:crypto";
import { ValueError } from "../../core/errors.js";
import { isBytes, viewOf } from "../../util/bytes.js";
import { describe } from "../../util/format.js";
import { ServerFingerprintMismatch, type ConnectionTarget } from "../http/errors.js";

const SHA256_BYTES = 32;
const INSECURE_BYTES = [16, 20];

/**
 * A pinned certificate, given as the option `ssl`. A server with any other certificate fails the request with ServerFingerprintMismatch;
 * certificate authorities are not consulted. Mirrors aiohttp.Fingerprint.
 *
 * `digest` is the SHA-256 of the certificate in DER form: 32 bytes, or their hexadecimal digits with or without colons, as
 * `openssl x509 -fingerprint -sha256` prints them. Throws ValueError for any other length.
 */
export class Fingerprint {
  readonly digest: Buffer;

  constructor(digest: Uint8Array | string) {
    if (typeof digest !== "string" && !isBytes(digest))
      throw new TypeError(`digest must be bytes or a string of hexadecimal digits, got ${describe(digest)}`);
    this.digest = typeof digest === "string" ? Buffer.from(digest.replaceAll(":", ""), "hex") : Buffer.from(viewOf(digest));
    const { length } = this.digest;
    if (INSECURE_BYTES.includes(length))
      throw new ValueError("md5 and sha1 are insecure and not supported; use the SHA-256 of the certificate");
    if (length !== SHA256_BYTES) throw new ValueError(`digest must have ${SHA256_BYTES} bytes (SHA-256), got ${length} bytes`);
  }

  /** Throws ServerFingerprintMismatch unless `certificate` (DER) is the pinned one. @internal */
  check(certificate: Buffer, target: ConnectionTarget): void {
    const got = createHash("sha256").update(certificate).digest();
    if (!got.equals(this.digest)) throw new ServerFingerprintMismatch(this.digest, got, target);
  }
}
