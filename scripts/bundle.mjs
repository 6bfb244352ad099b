// Puts the package's JavaScript into few files: most of the time that importing uvio takes goes into opening and linking a hundred and fifty.
// docs/decisions/0050 has the figures, and why the repository itself is not bundled.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { rollup } from "rollup";
import ts from "typescript";

/** The call that names a file of uvio by its URL: core/own-files.ts. */
const BY_URL = /\b(?:besideUrl|programUrl)\(import\.meta\.url, "([\w-]+\.js)"\)/g;

/**
 * Bundles the modules of `dist` into `out`. Entry points and the files that are named by URL keep their names, all in one folder: there they
 * stand beside each module that names them.
 */
export async function bundle(dist, out, exported) {
  const entries = exported.map((file) => path.join(dist, file));
  for (const name of readdirSync(dist, { recursive: true })) {
    if (!name.endsWith(".js")) continue;
    const file = path.join(dist, name);
    for (const [, beside] of readFileSync(file, "utf8").matchAll(BY_URL)) entries.push(path.join(path.dirname(file), beside));
  }
  const input = Object.fromEntries(entries.map((file) => [path.basename(file, ".js"), file]));
  const names = new Set(Object.values(input));
  if (names.size !== new Set(entries).size) throw new Error(`two files of the bundle have one name: ${entries.join(", ")}`);
  const build = await rollup({
    input,
    // The package runs the code that the tests ran, all of it.
    treeshake: false,
    external: (id) => !/^[./]/.test(id),
    plugins: [{ name: "uvio", load: withMap, renderChunk: withoutComments }],
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  // As if each map stood in dist/, where tsc has written it: the sources are beside it.
  const sourcemapPathTransform = (source) => path.join("..", "src", path.relative(path.join(dist, "..", "src"), path.resolve(out, source)));
  await build.write({ dir: out, format: "es", sourcemap: true, sourcemapPathTransform, chunkFileNames: "shared-[hash].js" });
  await build.close();
}

/** A module with the map to its TypeScript, which Rollup puts into the bundle's. */
function withMap(id) {
  return {
    code: readFileSync(id, "utf8").replace(/\/\/# sourceMappingURL=.*\s*$/, ""),
    map: JSON.parse(readFileSync(`${id}.map`, "utf8")),
  };
}

/** The comments are in the declarations and, with the sources, in the maps. */
function withoutComments(code, { fileName }) {
  const { ModuleKind, ScriptTarget } = ts;
  const compilerOptions = { removeComments: true, sourceMap: true, target: ScriptTarget.ESNext, module: ModuleKind.ESNext };
  const { outputText, sourceMapText } = ts.transpileModule(code, { fileName, compilerOptions });
  return { code: outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, ""), map: JSON.parse(sourceMapText) };
}
