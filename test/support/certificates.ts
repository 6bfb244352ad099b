/** Certificates for one run of the tests, created with openssl: a certificate authority, and certificates that it has signed. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programSkipped } from "./programs.js";

export const opensslSkipped = programSkipped("openssl");

export interface Identity {
  key: Buffer;
  cert: Buffer;
  /** The paths of the two files, for other programs. They are removed when the process exits. */
  keyFile: string;
  certFile: string;
}

const directory = mkdtempSync(join(tmpdir(), "uvio-tls-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

const path = (name: string): string => join(directory, name);
const openssl = (...args: string[]): Buffer => execFileSync("openssl", args, { stdio: ["ignore", "pipe", "pipe"] });

function makeKey(name: string): string {
  const file = path(`${name}.key`);
  openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file);
  return file;
}

function makeAuthority(name: string): { keyFile: string; certFile: string } {
  const keyFile = makeKey(name);
  const certFile = path(`${name}.pem`);
  openssl("req", "-x509", "-new", "-key", keyFile, "-days", "2", "-subj", `/CN=${name}`, "-out", certFile);
  return { keyFile, certFile };
}

const authority = opensslSkipped === false ? makeAuthority("uvio test authority") : null;

/** The path and the content of the authority's certificate. Clients must trust it. */
export const caFile = authority?.certFile ?? "";
export const ca = authority === null ? Buffer.alloc(0) : readFileSync(caFile);

const made = new Map<string, Identity>();

/** Returns a key and a certificate signed by the authority, for names such as "DNS:localhost" and "IP:127.0.0.1". */
export function identity(name: string, ...names: string[]): Identity {
  const known = made.get(name);
  if (known !== undefined) return known;
  const keyFile = makeKey(name);
  const [request, extensions, certFile] = [path(`${name}.csr`), path(`${name}.ext`), path(`${name}.pem`)];
  openssl("req", "-new", "-key", keyFile, "-subj", `/CN=${name}`, "-out", request);
  writeFileSync(extensions, names.length === 0 ? "" : `subjectAltName=${names.join(",")}\n`);
  const signing = ["-CA", authority!.certFile, "-CAkey", authority!.keyFile, "-CAcreateserial", "-days", "2"];
  openssl("x509", "-req", "-in", request, ...signing, "-extfile", extensions, "-out", certFile);
  const one = { key: readFileSync(keyFile), cert: readFileSync(certFile), keyFile, certFile };
  made.set(name, one);
  return one;
}

/** Returns a key and a self-signed certificate. */
export function selfSigned(name: string): Identity {
  const { keyFile, certFile } = makeAuthority(name);
  return { key: readFileSync(keyFile), cert: readFileSync(certFile), keyFile, certFile };
}

/** The certificate of most servers in the tests. */
export const local = (): Identity => identity("server", "DNS:localhost", "IP:127.0.0.1");
