/** Runs an exported function of a module in test/native/scenarios/ in its own process, so that a crash does not end the test runner. */
import assert from "node:assert/strict";
import { runChild, type ChildOptions, type ChildResult } from "../../support/child.js";

/** Under a sanitizer everything takes several times as long, so tests repeat less often. */
export const sanitized = (process.env["LD_PRELOAD"] ?? "").includes("libasan");

export function times(usual: number, underSanitizer = Math.ceil(usual / 5)): number {
  return sanitized ? underSanitizer : usual;
}

type Scenarios = Record<string, unknown>;
type Arguments<F> = F extends (...args: infer A) => unknown ? A : never;

/** `run` of the module's scenarios: `await run("name", [arguments])`. */
export function scenarios<M extends Scenarios>(module: string) {
  const url = new URL(`../scenarios/${module}.js`, import.meta.url).href;
  return function run<K extends keyof M & string>(name: K, args: Arguments<M[K]>, options: ChildOptions = {}): Promise<ChildResult> {
    const source = `const { ${name} } = await import(${JSON.stringify(url)}); await ${name}(...${JSON.stringify(args)});`;
    return runChild(source, { ...options, deadline: (options.deadline ?? 60) * (sanitized ? 5 : 1) });
  };
}

/** The child has ended by itself with this code, and neither it, nor a sanitizer, nor one of our checks has said a word. */
export function assertClean(result: ChildResult, code = 0): void {
  assert.deepEqual({ code: result.code, signal: result.signal, stderr: result.stderr }, { code, signal: null, stderr: "" });
}

/** As `assertClean`, where an uncaught exception is to be printed: only a crash must not be. */
export function assertNotCrashed(result: ChildResult, code: number): void {
  assert.deepEqual({ code: result.code, signal: result.signal }, { code, signal: null }, result.stderr);
  assert.doesNotMatch(result.stderr, /Sanitizer|runtime error|check failed/);
}
