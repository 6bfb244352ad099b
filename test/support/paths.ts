import { dirname, join } from "node:path";
import { createRequire } from "node:module";

/** The folder of package.json: compiled tests are elsewhere than their data. */
export const packageRoot: string = dirname(createRequire(import.meta.url).resolve("uvio/package.json"));

/** A file below test/. */
export function testFile(...parts: string[]): string {
  return join(packageRoot, "test", ...parts);
}
