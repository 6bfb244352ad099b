/** A registry on loopback: it serves the packed package, and the packages that it depends on from this repository's node_modules. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { packageRoot } from "../support/paths.js";

interface Version {
  name: string;
  version: string;
  optionalDependencies?: Record<string, string>;
}

export interface Registry {
  readonly url: string;
  close(): Promise<void>;
}

function folderOf(name: string): string {
  return path.join(packageRoot, "node_modules", name);
}

/** Returns a package's tarball; null if there is no such package. */
function tarballOf(name: string, tarball: string): Buffer | null {
  if (name === "uvio") return readFileSync(tarball);
  const folder = folderOf(name);
  if (!existsSync(folder)) return null;
  return execFileSync("tar", ["-czf", "-", "-C", path.dirname(folder), path.basename(folder)], { maxBuffer: 1 << 28 });
}

/** Returns a package's package.json, without optional dependencies that are not installed here: they are for other platforms. */
function manifestOf(name: string, bytes: Buffer): Version {
  const text =
    name === "uvio"
      ? execFileSync("tar", ["-xzOf", "-", "package/package.json"], { input: bytes, encoding: "utf8" })
      : readFileSync(path.join(folderOf(name), "package.json"), "utf8");
  const { optionalDependencies = {}, ...manifest } = JSON.parse(text) as Version;
  const installed = Object.entries(optionalDependencies).filter(([optional]) => existsSync(folderOf(optional)));
  return { ...manifest, optionalDependencies: Object.fromEntries(installed) };
}

/** Starts the registry. */
export async function serveRegistry(tarball: string): Promise<Registry> {
  const known = new Map<string, Buffer | null>();
  const server: Server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    const [name, file] = decodeURIComponent(request.url!).slice(1).split("/-/") as [string, string?];
    if (!known.has(name)) known.set(name, tarballOf(name, tarball));
    const bytes = known.get(name)!;
    if (bytes === null) return response.writeHead(404).end("{}");
    if (file !== undefined) return response.end(bytes);
    const manifest = manifestOf(name, bytes);
    const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
    const dist = { tarball: `http://127.0.0.1:${port}/${name}/-/package.tgz`, integrity };
    const versions = { [manifest.version]: { ...manifest, dist } };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ name, "dist-tags": { latest: manifest.version }, versions }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
