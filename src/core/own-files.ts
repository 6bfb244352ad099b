/**
 * Where uvio's own files are. In the package, a program that a thread or process runs stands beside the module that starts it. A bundler
 * copies the module into a bundle and leaves that program behind.
 */
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { RuntimeError } from "./errors.js";

/** The bundle's path in a CommonJS bundle; in an ES module there is no such name. */
declare const __filename: string | undefined;

/** Returns a module's `import.meta.url`, or the bundle's where a bundler has made it undefined, as in CommonJS bundles. */
export function moduleUrl(url: string | undefined): string {
  return url ?? pathToFileURL(typeof __filename === "string" ? __filename : `${process.cwd()}/`).href;
}

/** Returns the URL of a file beside a module. */
export function besideUrl(url: string | undefined, name: string): URL {
  return new URL(name, moduleUrl(url));
}

/** As besideUrl(), for a program to run. Throws RuntimeError if it is not there, which is so in a bundle. */
export function programUrl(url: string | undefined, name: string): URL {
  const program = besideUrl(url, name);
  if (existsSync(program)) return program;
  throw new RuntimeError(
    `uvio's ${name} is not in ${fileURLToPath(new URL(".", program))}: uvio is bundled, and threads and processes need its files; ` +
      'mark "uvio" as external in the bundler (docs/bundling.md)',
  );
}
