/** `exported()`: makes functions available to other threads and processes. */
import { realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { unwrapped, type Context } from "../core/contextvars.js";
import { RuntimeError } from "../core/errors.js";
import { describe, functionName } from "../util/format.js";

/** A function that another thread or process can run. */
export type Work<A extends unknown[] = never[], R = unknown> = (...args: A) => R;

/** The place of a function: another thread imports the module and uses its export. */
export interface Target {
  readonly module: string;
  readonly name: string;
}

/** A function's target, and the context to run it in if `context.wrap()` gave it one. */
export interface Located {
  readonly target: Target;
  readonly context: Context | null;
}

const targets = new WeakMap<object, { readonly target: Target; readonly isEntry: boolean }>();

/** The functions of this thread by module and name: those that exported() declared, and those that loadFunction() has imported. */
const functions = new Map<string, Map<string, Work>>();

export function knownFunction({ module, name }: Target): Work | undefined {
  return functions.get(module)?.get(name);
}

export function rememberFunction({ module, name }: Target, fn: Work): void {
  const known = functions.get(module);
  if (known === undefined) functions.set(module, new Map([[name, fn]]));
  else known.set(name, fn);
}

/**
 * Declares that `functions` are exports of `module`, so that executors and remote loops can run them in other threads and processes. Only
 * the URL of the module and the name of the export are sent, never code. Returns `functions`.
 *
 * Use it at the end of a module, beside the export: `export function crunch(data) { ... } exported(import.meta, { crunch });`. For other
 * modules pass the URL: the name of a built-in module, or `import.meta.resolve("package")`.
 *
 * ```ts
 * import * as asyncio from "uvio";
 * import { pbkdf2Sync } from "node:crypto";
 *
 * asyncio.exported("node:crypto", { pbkdf2Sync });
 * const key = await asyncio.run(async () => await asyncio.toThread(pbkdf2Sync, "password", "salt", 1000, 16, "sha256"));
 * console.log(key.length); // 16
 * ```
 *
 * asyncio has no counterpart: Python's threads share their functions, and pickle finds them by module and name.
 */
export function exported<F extends Readonly<Record<string, Work>>>(module: ImportMeta | URL | string, functions: F): F {
  const { url, isEntry } = locate(module);
  if (typeof functions !== "object" || functions === null) {
    throw new TypeError(
      `functions must be an object of exported functions, got ${describe(functions)}; use exported(import.meta, { work })`,
    );
  }
  for (const [name, fn] of Object.entries(functions)) {
    if (typeof fn !== "function") throw new TypeError(`exported: ${name} must be a function, got ${describe(fn)}`);
    const target = { module: url, name };
    targets.set(fn, { target, isEntry });
    rememberFunction(target, fn);
  }
  return functions;
}

/** Throws TypeError unless `fn` is a function that other threads can find. The message shows the code that exports it. */
export function locateFunction(fn: unknown, caller: string): Located {
  if (typeof fn !== "function") throw new TypeError(`${caller}: fn must be a function, got ${describe(fn)}`);
  const wrapped = unwrapped(fn);
  const plain = wrapped === null ? fn : wrapped.fn;
  const known = targets.get(plain);
  if (known === undefined) throw new TypeError(`${caller}: ${howToExport(plain)}`);
  const { target, isEntry } = known;
  if (isEntry) {
    throw new RuntimeError(
      `${caller}: ${target.name} is in the program's entry module, which would run again in the other thread; ` +
        "move it to another module",
    );
  }
  return { target, context: wrapped === null ? null : wrapped.context };
}

function howToExport(fn: object): string {
  const name = functionName(fn);
  const known = /^[A-Za-z_$][\w$]*$/.test(name);
  const shown = known ? name : "work";
  return (
    `${known ? `the function ${name}` : "an anonymous function"} is not exported, so other threads cannot find it; ` +
    `write in a separate module: export function ${shown}(...) { ... } exported(import.meta, { ${shown} })`
  );
}

function locate(module: unknown): { url: string; isEntry: boolean } {
  if (typeof module === "string" || module instanceof URL) return { url: checkUrl(String(module)), isEntry: false };
  const meta = module as (ImportMeta & { main?: boolean }) | null;
  if (typeof meta !== "object" || meta === null || typeof meta.url !== "string") {
    throw new TypeError(`module must be import.meta, or a module's URL, got ${describe(module)}`);
  }
  return { url: checkUrl(meta.url), isEntry: meta.main === true || meta.url === entryUrl() };
}

function checkUrl(url: string): string {
  if (/^(file|node):/.test(url)) return url;
  throw new TypeError(
    `module must be import.meta, a file: or a node: URL, got ${describe(url)}; use import.meta.resolve("package") for a package, and ` +
      "new URL(path, import.meta.url) for a relative path",
  );
}

let entry: string | null | undefined;

/** The URL of the program's entry module; null if there is none, as with --eval. */
function entryUrl(): string | null {
  if (entry !== undefined) return entry;
  const path = process.argv[1];
  try {
    entry = path === undefined ? null : pathToFileURL(realpathSync(path)).href;
  } catch {
    entry = null; // Not a file: --eval, or a path without its extension.
  }
  return entry;
}
