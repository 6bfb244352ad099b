/**
 * Measures reading the lines of a file: uvio/aiofiles beside node:readline. `node build/js/bench/files.js`. Each case runs in its own
 * process, because the first async function that becomes a task turns on hooks that slow down the other cases. CPU time is measured, since
 * the file is in the page cache.
 */
import { spawnSync } from "node:child_process";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as asyncio from "uvio";
import * as aiofiles from "uvio/aiofiles";

const LINES = 400_000;
const ROUNDS = 5;

const interfaceOf = (path: string) => createInterface({ input: createReadStream(path), crlfDelay: Infinity });

const readByHand = asyncio.coroutine(function* (path: string) {
  return yield* asyncio.asyncWith(aiofiles.open(path), function* (file) {
    let count = 0;
    while ((yield* file.readline()) !== "") count++;
    return count;
  });
});

const readByLoop = asyncio.coroutine(function* (path: string) {
  let count = 0;
  yield* asyncio.asyncWith(aiofiles.open(path), (file) =>
    asyncio.asyncFor(file, function* () {
      count++;
    }),
  );
  return count;
});

async function readInterface(path: string): Promise<number> {
  let count = 0;
  for await (const _line of interfaceOf(path)) count++;
  return count;
}

/** Each case reads all lines and returns their number. */
const cases: Record<string, (path: string) => Promise<number>> = {
  "node:readline, for await": readInterface,
  "node:readline, for await in a task": (path) => asyncio.run(() => readInterface(path)),
  "node:readline, events": (path) =>
    new Promise((resolve) => {
      let count = 0;
      const lines = interfaceOf(path);
      lines.on("line", () => count++);
      lines.on("close", () => resolve(count));
    }),
  "aiofiles, for await": (path) =>
    asyncio.run(() =>
      asyncio.asyncWith(aiofiles.open(path), async (file) => {
        let count = 0;
        for await (const _line of file) count++;
        return count;
      }),
    ),
  "aiofiles, asyncFor": (path) => asyncio.run(readByLoop(path)),
  "aiofiles, yield* readline()": (path) => asyncio.run(readByHand(path)),
};

async function measure(name: string, path: string): Promise<void> {
  const run = cases[name];
  if (run === undefined) throw new Error(`unknown case ${name}; expected one of ${Object.keys(cases).join("; ")}`);
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    const count = await run(path);
    const { user, system } = process.cpuUsage(before);
    if (count !== LINES) throw new Error(`${name}: ${count} lines instead of ${LINES}`);
    best = Math.min(best, ((user + system) * 1000) / LINES);
  }
  console.log(`${name.padEnd(28)} ${best.toFixed(0).padStart(6)} ns of CPU a line, best of ${ROUNDS}`);
}

const [name, path] = process.argv.slice(2);
if (name !== undefined && path !== undefined) {
  await measure(name, path);
} else {
  const folder = mkdtempSync(join(tmpdir(), "uvio-bench-"));
  try {
    const file = join(folder, "lines");
    writeFileSync(file, Array.from({ length: LINES }, (_unused, i) => `line ${i} ${"x".repeat(i % 100)}\n`).join(""));
    for (const one of Object.keys(cases)) {
      const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), one, file], { stdio: "inherit" });
      if (status !== 0) process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
