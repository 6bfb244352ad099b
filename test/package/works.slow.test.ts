/** The published package at work. Its JavaScript is bundled, so that its files are others than those of the repository. */
import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, it } from "vitest";
import * as asyncio from "uvio";
import * as aiofiles from "uvio/aiofiles";
import * as aiohttp from "uvio/aiohttp";
import * as concurrent from "uvio/concurrent";
import * as contextlib from "uvio/contextlib";
import * as contextvars from "uvio/contextvars";
import * as uvloop from "uvio/uvloop";
import { unless } from "../support/unless.js";
import { hasAddon, installed, nodeFor, run } from "./projects.js";

const JOBS = `
import * as asyncio from "uvio";
export const double = (x) => 2 * x;
export const later = async (x) => 2 * x;
export const fail = () => { throw new RangeError("failed over there"); };
export const serve = (port) => asyncio.startServer((reader, writer) => writer.close(), "127.0.0.1", port);
asyncio.exported(import.meta, { double, later, fail, serve });
`;
const LOOPS = hasAddon ? ["asyncio", "uvloop"] : ["asyncio"];

let project: string;
beforeAll(async () => {
  project = await installed({ "jobs.mjs": JOBS });
});

async function output(program: string, ...flags: string[]): Promise<string> {
  writeFileSync(path.join(project, "main.mjs"), `import * as asyncio from "uvio"; import * as uvloop from "uvio/uvloop"; ${program}`);
  const result = await run(project, process.env, process.execPath, ...flags, "--no-warnings", "main.mjs");
  assert.equal(result.code, 0, result.output);
  return result.output;
}

describe("the packed package", () => {
  it("exports the names that the repository does", async () => {
    const entries = { uvio: asyncio, "uvio/aiofiles": aiofiles, "uvio/aiohttp": aiohttp, "uvio/concurrent": concurrent, "uvio/contextlib": contextlib, "uvio/contextvars": contextvars, "uvio/uvloop": uvloop }; // prettier-ignore
    for (const [name, entry] of Object.entries(entries)) {
      const names = JSON.parse(await output(`console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(name)}))))`)) as string[];
      assert.deepEqual(names.sort(), Object.keys(entry).sort(), name);
    }
  });

  it("calls its classes as the repository does", async () => {
    const named = Object.entries(asyncio).filter(([, value]) => typeof value === "function");
    const names = JSON.parse(
      await output(
        `console.log(JSON.stringify(Object.entries(asyncio).filter(([, v]) => typeof v === "function").map(([n, v]) => [n, v.name])))`,
      ),
    ) as [string, string][];
    assert.deepEqual(Object.fromEntries(names), Object.fromEntries(named.map(([name, value]) => [name, (value as { name: string }).name])));
  });

  it("has one copy of each module, in a few files", () => {
    const files = readdirSync(path.join(project, "node_modules/uvio/dist")).filter((name) => name.endsWith(".js"));
    assert.ok(files.length < 50, `${files.length} files`);
  });

  const hooking = nodeFor(24); // registerHooks() is newer than the first 22.
  it("loads no other package with its core", unless(hooking === undefined && "it needs Node 24, and .cache/nodes/ has none"), async () => {
    const program = `
      import { registerHooks } from "node:module";
      const foreign = [];
      registerHooks({ load(url, context, next) { if (!url.startsWith("node:") && !url.includes("/uvio/dist/")) foreign.push(url); return next(url, context); } });
      for (const name of ["uvio", "uvio/uvloop", "uvio/concurrent", "uvio/contextlib", "uvio/contextvars", "uvio/aiofiles"]) await import(name);
      console.log(foreign.join() || "nothing");`;
    const result = await run(project, process.env, hooking!, "--no-warnings", "--input-type=module", "--eval", program);
    assert.equal(result.output, "nothing\n");
  });

  for (const loop of LOOPS) {
    it(`runs threads, processes, loops in threads and workers that serve: ${loop}`, async () => {
      const program = `
        import { ProcessPoolExecutor } from "uvio/concurrent";
        import { double, later, fail, serve } from ${JSON.stringify(path.join(project, "jobs.mjs"))};
        await ${loop}.run(async () => {
          console.log(await asyncio.toThread(double, 1));
          const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
          console.log(await asyncio.getRunningLoop().runInExecutor(pool, double, 2));
          await pool.shutdown();
          try { await asyncio.toThread(fail); } catch (error) { console.log(error.message); }
          const thread = new asyncio.LoopThread();
          console.log(await thread.runCoroutine(later, 3));
          await thread.close();
          const server = await asyncio.serveWorkers(serve, { workers: 1 });
          console.log(server.port > 0);
          await server.close();
        });`;
      assert.equal(await output(program), "2\n4\nfailed over there\n6\ntrue\n");
    });
  }

  it("has stacks that name its sources, with --enable-source-maps", async () => {
    const program = `try { asyncio.sleep("x"); } catch (error) { console.log(error.stack); }`;
    assert.match(await output(program, "--enable-source-maps"), /src\/[\w/-]+\.ts:\d+:\d+/);
  });
});
