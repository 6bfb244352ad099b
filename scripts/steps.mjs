// Steps of a long run. All of them run, whichever fails. The end names skipped steps and failed tests and counts the tests.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Characters of a failed step's output that are repeated at the end. */
const TAIL = 3000;

export class Steps {
  #begun = 0;
  #done = [];
  #skipped = [];
  #folder = mkdtempSync(path.join(tmpdir(), "uvio-steps-"));
  #began = Date.now();

  /** Runs a command, beside others that run already; resolves with whether it has succeeded. `env` is added to the environment. */
  async run(title, command, args, { env = {}, cwd } = {}) {
    console.log(`\n=== ${title}`);
    const counts = path.join(this.#folder, String(this.#begun++));
    const began = Date.now();
    const { status, tail } = await execute(command, args, { cwd, env: { ...process.env, UVIO_TEST_COUNTS: counts, ...env } });
    const step = { title, ok: status === 0, seconds: Math.round((Date.now() - began) / 1000), tail, ...readCounts(counts) };
    if (!step.ok && step.failed === 0) step.failed = 1; // The step runs no tests, or something other than a test has ended it.
    this.#done.push(step);
    console.log(`=== ${title}: ${step.ok ? "ok" : `FAILED (${status})`} (${step.seconds} s)`);
    return step.ok;
  }

  skip(title, reason) {
    console.log(`\n=== ${title}: skipped, ${reason}`);
    this.#skipped.push(`${title}: ${reason}`);
  }

  /** Prints the summary, the counts last, and sets the exit code. Inside of another run of steps, hands the counts on. */
  end() {
    rmSync(this.#folder, { recursive: true, force: true });
    for (const { ok, title, tail, failing } of this.#done) {
      if (ok || failing.length > 0) continue;
      console.log(`\n=== FAILED: ${title}\n${tail}`);
    }
    console.log();
    for (const { title, ok, seconds, passed, failed, skipped } of this.#done) {
      const tests = passed + failed + skipped === 0 ? "" : `, ${text({ passed, failed, skipped })}`;
      console.log(`${ok ? "ok    " : "FAILED"} ${title} (${seconds} s${tests})`);
    }
    for (const one of this.#skipped) console.log(`skipped ${one}`);
    const failing = this.#done.flatMap((step) => step.failing.map((name) => `${name} (${step.title})`));
    for (const name of failing) console.log(`FAILING ${name}`);
    const total = { passed: 0, failed: 0, skipped: 0 };
    for (const step of this.#done) for (const key of Object.keys(total)) total[key] += step[key];
    console.log(`${Math.round((Date.now() - this.#began) / 1000)} s`);
    console.log(text(total));
    if (this.#done.some(({ ok }) => !ok)) process.exitCode = 1;
  }
}

function text({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function readCounts(file) {
  const sum = { passed: 0, failed: 0, skipped: 0, failing: [] };
  if (!existsSync(file)) return sum;
  for (const line of readFileSync(file, "utf8").trim().split("\n")) {
    const { passed, failed, skipped, failing } = JSON.parse(line);
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
    sum.failing.push(...failing);
  }
  return sum;
}

/** Runs a command, shows its output as it comes and keeps the end of it. */
function execute(command, args, options) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ["inherit", "pipe", "pipe"] });
    let tail = "";
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      from.setEncoding("utf8").on("data", (piece) => {
        to.write(piece);
        tail = (tail + piece).slice(-TAIL);
      });
    }
    child.on("error", (error) => resolve({ status: error.message, tail }));
    child.on("close", (code, signal) => resolve({ status: signal ?? code, tail }));
  });
}
