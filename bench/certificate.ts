import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { run } from "./command.js";
import { buildFolder } from "./root.js";

const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=localhost";

/** Returns the file with the key and the certificate of the TLS servers. openssl creates it on first use. */
export async function certificateFile(): Promise<{ path: string } | { missing: string }> {
  const file = path.join(buildFolder, "certificate.pem");
  if (existsSync(file)) return { path: file };
  mkdirSync(buildFolder, { recursive: true });
  const { code, stderr } = await run("openssl", [...request.split(" "), "-keyout", file, "-out", file]);
  return code === 0 ? { path: file } : { missing: `openssl did not create a certificate: ${stderr.trim()}` };
}
