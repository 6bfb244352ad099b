/** Paths in the repository. */
import { dirname, join } from "node:path";
import { createRequire } from "node:module";

/** The folder of package.json. Tests need it, because they run compiled, in another folder than their data. */
export const packageRoot: string = dirname(createRequire(import.meta.url).resolve("uvio/package.json"));

/** Returns the path of a file below test/. */
export function testFile(...parts: string[]): string {
  return join(packageRoot, "test", ...parts);
}
