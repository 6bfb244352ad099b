/**
 * The program's AsyncLocalStorages. V8 keeps their stores in async functions. Callbacks, tasks and protocols run from the loop's turn instead:
 * they get the stores of the code that created them, as they get its context variables.
 *
 * That costs an AsyncResource for each of them. So nothing is captured before the program enters a store for the first time. `run` and
 * `enterWith` of AsyncLocalStorage, which all ways of entering lead to, are replaced until then, and restored by the first call. A store
 * that was entered before uvio was loaded is therefore not seen until the next call.
 */
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";

/** The methods as they are without the replacement. */
const { run, enterWith } = AsyncLocalStorage.prototype;

/** Whether the program has ever entered a store. */
let inUse = false;

/** An AsyncLocalStorage of uvio's own: entering it does not count as the program's. */
export class OwnStorage<T> extends AsyncLocalStorage<T> {}
OwnStorage.prototype.run = run;
OwnStorage.prototype.enterWith = enterWith;

/** The storage that no callback or task inherits. Set by tasks/current-task.ts: it holds the scope of the async function that runs. */
export const scopes = new OwnStorage<unknown>();

const OPTIONS = { requireManualDestroy: true } as const;

function makeResource(): AsyncResource {
  return new AsyncResource("uvio", OPTIONS);
}

/** Returns the stores of the code that runs now, to enter them by runInAsyncScope(); null if the program has none. */
export function currentStores(): AsyncResource | null {
  if (!inUse) return null;
  return scopes.getStore() === undefined ? makeResource() : scopes.run(undefined, makeResource);
}

function watch<K extends "run" | "enterWith">(name: K): void {
  const original = AsyncLocalStorage.prototype[name] as (...args: never[]) => unknown;
  const replacement = function (this: unknown, ...args: never[]): unknown {
    inUse = true;
    // Another library may have wrapped the replacement since: that wrapper stays.
    if (AsyncLocalStorage.prototype[name] === (replacement as unknown)) AsyncLocalStorage.prototype[name] = original as never;
    return original.apply(this, args);
  };
  AsyncLocalStorage.prototype[name] = replacement as never;
}

watch("run");
watch("enterWith");
