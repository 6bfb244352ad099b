/** Certificates for one run of the tests, made by openssl: an authority, and who has one from it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programSkipped } from "./programs.js";

export const opensslSkipped = programSkipped("openssl");

export interface Identity {
  key: Buffer;
  cert: Buffer;
  /** Paths of the same, for other programs; gone when the process ends. */
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

/** The file and the text of the authority's certificate, which clients must be given. */
export const caFile = authority?.certFile ?? "";
export const ca = authority === null ? Buffer.alloc(0) : readFileSync(caFile);

const made = new Map<string, Identity>();

/** Somebody with a certificate of the authority's, for these names: "DNS:localhost", "IP:127.0.0.1" ... */
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

/** Somebody whom nobody but himself vouches for. */
export function selfSigned(name: string): Identity {
  const { keyFile, certFile } = makeAuthority(name);
  return { key: readFileSync(keyFile), cert: readFileSync(certFile), keyFile, certFile };
}

/** Who most servers of the tests are. */
export const local = (): Identity => identity("server", "DNS:localhost", "IP:127.0.0.1");
