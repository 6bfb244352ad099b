// The runs of the compiled tests, in projects: `npx vitest run --project native` is one of them. See docs/testing.md.
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = path.dirname(fileURLToPath(import.meta.url));

/** One worker for each processor: with more, tests of deadlines would be late. */
const WORKERS = Number(process.env.UVIO_TEST_WORKERS ?? availableParallelism());
/** For projects whose tests mostly wait for processes and threads that they start. */
const WAITING_WORKERS = WORKERS + 1;

/** Every test file, "unit/sync/lock" for one. By the sources: build/js may hold the output of tests that were deleted since. */
const names = readdirSync(path.join(root, "test"), { recursive: true })
  .map((name) => name.split(path.sep).join("/"))
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => name.slice(0, -".test.ts".length))
  .sort();

/** Tests that take long because they are large. They run in `npm run test:all` only. */
const isSlow = (name) => name.endsWith(".slow");

/** Files that do not depend on the kind of loop, or run both kinds themselves. */
const UNIT = ["unit/", "property/", "fuzz/", "streams/reader"];
const APPS = ["aiofiles/", "aiohttp/", "examples/", "interop/"];
/** Tests that look at their own process: threads, children, garbage. */
const PROCESS = ["executors/", "subprocess/", "unit/util/young-memory"];
/** Tests of the native loop that run each case in a child of its own, because it may crash. */
const HAZARDS = ["native/hazards-"];
const REPO = ["repo/"];
/** Tests of the packed package. */
const PACKAGE = ["package/"];
const NATIVE = ["native/", "loop/uvloop", "sockets/watching"];

const under = (name, places) => places.some((place) => name.startsWith(place));
const quick = names.filter((name) => !isSlow(name));
/** The rest: each file runs once for each kind of loop. */
const loops = quick.filter((name) => !under(name, [...UNIT, ...APPS, ...PROCESS, ...REPO, ...NATIVE]));

function project(name, files, more = {}) {
  return { extends: true, test: { name, include: files.map((file) => `build/js/test/${file}.test.js`), ...more } };
}

const only = (places, but = []) => quick.filter((name) => under(name, places) && !under(name, but));

export default defineConfig({
  test: {
    root,
    // One group after the other. Tests that start hundreds of processes come first, so that tests of time have the machine for themselves.
    projects: [
      project("apps", only(APPS), { maxWorkers: WAITING_WORKERS }),
      project("process", only(PROCESS), { isolate: true, maxWorkers: WAITING_WORKERS }),
      project("repo", only(REPO), { maxWorkers: WAITING_WORKERS }),
      project("hazards", only(HAZARDS), { maxWorkers: WAITING_WORKERS }),
      project("native", [...only(NATIVE, HAZARDS), ...loops], { env: { UVIO_LOOPS: "uv" }, sequence: { groupOrder: 1 } }),
      project("portable", loops, { env: { UVIO_LOOPS: "node" }, sequence: { groupOrder: 1 } }),
      project("unit", only(UNIT, PROCESS), { sequence: { groupOrder: 1 } }),
      project(
        "slow",
        names.filter((name) => isSlow(name) && !under(name, PACKAGE)),
        { sequence: { groupOrder: 2 } },
      ),
      project(
        "package",
        names.filter((name) => under(name, PACKAGE)),
        {
          globalSetup: ["scripts/test-tarball.mjs"], // After the one below.
          sequence: { groupOrder: 3 },
        },
      ),
    ],
    globalSetup: "scripts/test-folder.mjs",
    setupFiles: ["build/js/test/support/setup.js"],
    // Node loads the tests and what they test, as it loads a user's program: one uvio, which workers and children share with them.
    server: { deps: { external: [/\/build\/js\/(?!test\/support\/setup)/, /\/dist\//] } },
    pool: "forks",
    // A sanitizer's library is loaded by the workers and their children, not by the runner.
    env: process.env.UVIO_TEST_PRELOAD === undefined ? {} : { LD_PRELOAD: process.env.UVIO_TEST_PRELOAD },
    isolate: false,
    maxWorkers: WORKERS,
    maxConcurrency: 4,
    testTimeout: 300_000,
    hookTimeout: 60_000,
    disableConsoleIntercept: true,
    coverage: {
      provider: "v8",
      include: ["dist/**/*.js"],
      reporter: [["html", { subdir: "." }], "json-summary", "text"],
      reportsDirectory: "build/coverage",
    },
    reporters: ["./scripts/test-reporter.mjs"],
  },
});
