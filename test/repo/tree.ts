/** The repository's files and their imports. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** The package's folder. The tests run compiled, from build/js. */
export const root = path.resolve(import.meta.dirname, "..", "..", "..", "..");

export function read(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

/** Paths below the root, with `/`, of the files under `folder` that match. */
export function filesUnder(folder: string, pattern: RegExp): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => path.posix.join(folder, name.split(path.sep).join("/")))
    .filter((name) => pattern.test(name))
    .sort();
}

export interface Import {
  /** As it is written. */
  specifier: string;
  /** Path below the root; null for other packages and Node's own modules. */
  file: string | null;
}

/** Every import and re-export of a file, those of types too. */
export function importsOf(file: string): Import[] {
  return ts.preProcessFile(read(file), true, true).importedFiles.map(({ fileName: specifier }) => ({
    specifier,
    file: specifier.startsWith(".") ? path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, ".ts") : null,
  }));
}

/** The quoted includes of a C++ file: they are relative to native/. */
export function includesOf(file: string): { quoted: string[]; system: string[] } {
  const text = read(file);
  const all = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1]!);
  return { quoted: all(/^#include "(.+)"/gm).map((name) => `native/${name}`), system: all(/^#include <(.+)>/gm) };
}

/** The first cycle that following `edges` meets, as a path; null if there is none. */
export function findCycle(edges: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): string[] | null => {
    if (done.has(node)) return null;
    const at = path.indexOf(node);
    if (at >= 0) return [...path.slice(at), node];
    path.push(node);
    for (const next of edges.get(node) ?? []) {
      const cycle = visit(next);
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(node);
    return null;
  };
  for (const node of edges.keys()) {
    const cycle = visit(node);
    if (cycle !== null) return cycle;
  }
  return null;
}
