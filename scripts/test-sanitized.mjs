// The native tests and those of the loops, with the addon of build-sanitize/ under the address and undefined behaviour sanitizers:
//
//   node scripts/test-sanitized.mjs LIBASAN
//
// Not on the portable loop, which does not use the addon, and not with new seeds: that is `npm run fuzz -- --sanitize`.
//
// The workers of the test runner and their children load the library; the runner itself does not.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const addon = path.join(root, "build-sanitize", "uvio.node");

/** The environment of a process with the sanitizers; without `asan`, only of its parent. */
export function sanitizedEnvironment(asan) {
  return {
    UVIO_ADDON: addon,
    UVIO_REQUIRE_NATIVE: "1",
    // Node itself leaks at exit by intention; loads of its own code and JIT memory need no checks.
    ASAN_OPTIONS: "detect_leaks=0:abort_on_error=1:allocator_may_return_null=1",
    UBSAN_OPTIONS: "halt_on_error=1:print_stacktrace=1",
    ...(asan === undefined ? {} : { LD_PRELOAD: asan }),
  };
}

// To test the other binary unawares would be worse than not to test.
const CHECK = `
import { readFileSync } from "node:fs";
import * as uvloop from "uvio/uvloop";
uvloop.newEventLoop().close();
if (!readFileSync("/proc/self/maps", "utf8").includes(process.env.UVIO_ADDON)) throw new Error("UVIO_ADDON was not loaded");
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [asan] = process.argv.slice(2);
  run(["--input-type=module", "--eval", CHECK], sanitizedEnvironment(asan));
  const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
  const which = ["--project=!portable", "--exclude=**/random-values.slow.*", "test/native/", "test/loop/"];
  run([vitest, "run", ...which], { ...sanitizedEnvironment(), UVIO_TEST_PRELOAD: asan });
}

function run(args, environment) {
  const { status, signal, error } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...environment },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`failed (${signal ?? `exit code ${status}`})`);
}
