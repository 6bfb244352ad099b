// Prints a test run: Vitest's own lines, then the skipped tests with their reasons, and last the names of the tests that failed.
// If UVIO_TEST_COUNTS names a file, the counts are appended to it, one JSON object for each run: scripts/steps.mjs adds them up.
import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { DefaultReporter } from "vitest/node";

/** Longer than any test's own time limit. A worker that is blocked for so long cannot even fail. */
const SILENCE_MS = 330_000;

export default class Reporter extends DefaultReporter {
  #running = new Set();
  #collected = [];
  #heard = Date.now();
  #watch;

  onTestRunStart(specifications) {
    super.onTestRunStart(specifications);
    this.#watch = setInterval(() => this.#check(), 5000).unref();
  }

  onTestModuleStart(module) {
    this.#running.add(module);
    this.#heard = Date.now();
    super.onTestModuleStart?.(module);
  }

  onTestModuleCollected(module) {
    this.#collected.push(module);
    super.onTestModuleCollected(module);
  }

  onTestCaseReady(test) {
    this.#heard = Date.now();
    super.onTestCaseReady(test);
  }

  onTestCaseResult(test) {
    this.#heard = Date.now();
    super.onTestCaseResult(test);
  }

  onTestModuleEnd(module) {
    this.#running.delete(module);
    super.onTestModuleEnd(module);
  }

  onTestRunEnd(modules, errors, reason) {
    clearInterval(this.#watch);
    super.onTestRunEnd(modules, errors, reason);
    this.#report(
      modules,
      errors.map((error) => `outside of a test: ${error.message ?? error}`),
    );
  }

  #report(modules, others) {
    const counts = { passed: 0, failed: 0, skipped: 0, failing: [] };
    const skipped = new Map();
    const fail = (name) => {
      counts.failed++;
      counts.failing.push(name);
    };
    for (const module of modules) {
      for (const task of [module, ...module.children.allSuites()]) {
        for (const error of task.errors()) fail(`${title(task)}: ${error.message}`);
      }
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") counts.passed++;
        else if (state === "failed") fail(title(test));
        else if (state !== "skipped") fail(`${title(test)} (has not ended)`);
        else {
          counts.skipped++;
          const why = `${title(module)}: ${reasonOf(test)}`;
          skipped.set(why, (skipped.get(why) ?? 0) + 1);
        }
      }
    }
    for (const name of others) fail(name);
    for (const [why, count] of skipped) console.log(`skipped: ${why} (${count} ${count === 1 ? "test" : "tests"})`);
    if (counts.failing.length > 0) console.log(`\nFailing:\n${counts.failing.map((name) => `  ${name}`).join("\n")}`);
    const file = process.env.UVIO_TEST_COUNTS;
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(counts)}\n`);
  }

  #check() {
    if (Date.now() - this.#heard < SILENCE_MS) return;
    console.error(`no test has ended for ${SILENCE_MS / 1000} s`);
    this.#report(
      this.#collected,
      [...this.#running].map((module) => `${title(module)}: blocks its process`),
    );
    spawnSync("pkill", ["-KILL", "-P", String(process.pid)]);
    process.exit(1);
  }
}

/** The reason given to `unless(reason)` of the test or a group around it, or to `t.skip(reason)`. */
function reasonOf(test) {
  for (let task = test; task.type !== "module"; task = task.parent) {
    const { reason } = task.meta();
    if (reason !== undefined) return reason;
  }
  return test.result().note ?? "no reason given";
}

function title(task) {
  const project = task.project.name === "" ? "" : `[${task.project.name}] `;
  const module = task.type === "module" ? task : task.module;
  const file = module.relativeModuleId.replace(/^build\/js\//, "").replace(/\.js$/, ".ts");
  return `${project}${file}${task.type === "module" ? "" : ` > ${task.fullName}`}`;
}
