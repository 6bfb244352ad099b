/** Programs that use uvio, bundled by the usual bundlers: docs/bundling.md says what works in a bundle. */
import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { describe, it } from "vitest";
import { hasAddon, installed, makeProject, run } from "./projects.js";

const PROGRAM = `
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";
import { basename } from "node:path";

asyncio.exported("node:path", { basename });

async function main() {
  const server = await asyncio.startServer((reader, writer) => { writer.write("hello"); writer.close(); }, "127.0.0.1", 0);
  const [reader, writer] = await asyncio.openConnection("127.0.0.1", server.sockets[0].getsockname().port);
  const text = String(await reader.read());
  writer.close();
  server.close();
  return text;
}

async function program() {
  console.log(await asyncio.run(main));
  console.log(uvloop.isAvailable() ? await uvloop.run(main) : uvloop.unavailableReason());
  console.log(await asyncio.run(() => asyncio.toThread(basename, "/a/b")).catch(String));
}
void program();
`;
type Format = "esm" | "cjs";
const EXTERNAL = /^uvio($|\/)/;
const isBuiltin = (id: string): boolean => id.startsWith("node:");

/** Each writes FOLDER/out/main.mjs or main.cjs. */
const BUNDLERS: Record<string, (folder: string, format: Format, external: boolean) => Promise<void>> = {
  async esbuild(folder, format, external) {
    const { build, stop } = await import("esbuild");
    await build({
      entryPoints: [path.join(folder, "main.mjs")],
      outfile: path.join(folder, "out", `main.${format === "esm" ? "mjs" : "cjs"}`),
      bundle: true,
      platform: "node",
      format,
      external: external ? ["uvio"] : [],
      logLevel: "error",
      // CommonJS packages in an ES module: esbuild's own advice.
      ...(format === "esm"
        ? { banner: { js: 'import { createRequire as r } from "node:module"; const require = r(import.meta.url);' } }
        : {}),
    });
    await stop();
  },

  async rollup(folder, format, external) {
    const { rollup } = await import("rollup");
    const require = createRequire(path.join(folder, "main.mjs"));
    const bundle = await rollup({
      input: path.join(folder, "main.mjs"),
      external: (id) => isBuiltin(id) || id === "piscina" || (external && EXTERNAL.test(id)),
      plugins: [{ name: "resolve", resolveId: (id) => (EXTERNAL.test(id) ? require.resolve(id) : null) }],
    });
    await bundle.write({ dir: path.join(folder, "out"), format, entryFileNames: `[name].${format === "esm" ? "mjs" : "cjs"}` });
    await bundle.close();
  },

  async webpack(folder, format, external) {
    const { default: webpack } = await import("webpack");
    const isModule = format === "esm";
    const compiler = webpack({
      context: folder,
      entry: "./main.mjs",
      target: "node20",
      mode: "production",
      experiments: isModule ? { outputModule: true } : {},
      output: {
        path: path.join(folder, "out"),
        filename: isModule ? "main.mjs" : "main.cjs",
        ...(isModule ? { library: { type: "module" }, chunkFormat: "module" } : {}),
      },
      externals: external
        ? [
            ({ request }: { request?: string }) =>
              Promise.resolve(EXTERNAL.test(request!) ? `${isModule ? "module" : "import"} ${request}` : undefined),
          ]
        : [],
    });
    await new Promise<void>((resolve, reject) => {
      compiler.run((error, stats) => {
        if (error) return reject(error);
        if (stats!.hasErrors()) return reject(new Error(stats!.toString("errors-only")));
        resolve();
      });
    });
  },

  async vite(folder, format, external) {
    const { build } = await import("vite");
    await build({
      root: folder,
      logLevel: "error",
      configFile: false,
      ssr: { noExternal: external ? [] : true, target: "node", external: external ? ["uvio", "uvio/uvloop"] : [] },
      build: {
        ssr: path.join(folder, "main.mjs"),
        outDir: path.join(folder, "out"),
        rollupOptions: { output: { format, entryFileNames: `main.${format === "esm" ? "mjs" : "cjs"}` } },
      },
    });
  },
};

// A minifier renames the class, and so the error.
const NO_FILES = /^\w+: uvio's thread-worker\.js is not in .*: uvio is bundled, .* mark "uvio" as external/;
const NO_ADDON = /^the native loop's addon cannot be found: uvio is bundled, .* mark "uvio" as external/;

describe.each(Object.keys(BUNDLERS))("%s", (bundler) => {
  for (const format of ["esm", "cjs"] as const) {
    const file = path.join("out", format === "esm" ? "main.mjs" : "main.cjs");
    /** Bundles the program, runs it here or in a folder of its own, and returns the lines that it prints. */
    const lines = async (external: boolean, isAlone: boolean): Promise<string[]> => {
      const folder = await installed({ "main.mjs": PROGRAM });
      await BUNDLERS[bundler]!(folder, format, external);
      const home = isAlone ? makeProject({}) : folder;
      if (isAlone) {
        cpSync(path.join(folder, "out"), path.join(home, "out"), { recursive: true });
        rmSync(folder, { recursive: true });
      }
      const { code, output } = await run(home, process.env, process.execPath, "--no-warnings", file);
      assert.equal(code, 0, output);
      return output.trimEnd().split("\n");
    };

    it(`everything works in a bundle that leaves uvio out: ${format}`, async () => {
      assert.deepEqual(await lines(true, false), ["hello", hasAddon ? "hello" : NO_ADDON, "b"]);
    });

    it(`both loops work in a bundle of everything, beside node_modules: ${format}`, async () => {
      const [portable, native] = await lines(false, false);
      assert.deepEqual([portable, native], ["hello", hasAddon ? "hello" : NO_ADDON]);
    });

    it(`a bundle of everything, by itself, has the portable loop and says why it has no more: ${format}`, async () => {
      const [portable, native, thread] = await lines(false, true);
      assert.equal(portable, "hello");
      assert.match(native!, NO_ADDON);
      if (bundler !== "rollup") assert.match(thread!, NO_FILES); // Rollup has left out piscina, as every package without its plugin.
    });
  }
});
