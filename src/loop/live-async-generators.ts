/** loop.shutdownAsyncgens(), and the set of generators that it closes. */
import type { AsyncGenerators, Closable, EventLoop } from "../core/contracts.js";
import { coroutine } from "../tasks/coroutine.js";
import { gather } from "../combinators/gather.js";

/**
 * A loop's async generators that have started and not finished. It holds them strongly, so that an abandoned generator is closed at
 * shutdown at the latest.
 */
export class LiveAsyncGenerators implements AsyncGenerators {
  readonly #live = new Set<Closable>();
  #shutDown = false;

  add(generator: Closable): void {
    if (this.#shutDown && !this.#live.has(generator)) {
      process.emitWarning(`asynchronous generator ${String(generator)} was scheduled after loop.shutdownAsyncgens()`, {
        type: "ResourceWarning",
      });
    }
    this.#live.add(generator);
  }

  delete(generator: Closable): void {
    this.#live.delete(generator);
  }

  /** Returns and forgets all of them. Afterwards a generator that starts is reported by a warning. */
  takeAll(): Closable[] {
    this.#shutDown = true;
    const all = [...this.#live];
    this.#live.clear();
    return all;
  }
}

/** Closes all live generators concurrently; what one of them throws goes to the loop's exception handler. */
export const shutdownAsyncgens = coroutine(function* shutdownAsyncgens(loop: EventLoop, generators: LiveAsyncGenerators) {
  const live = generators.takeAll();
  if (live.length === 0) return;
  const results = yield* gather(...live.map((generator) => () => generator.aclose()), { returnExceptions: true });
  results.forEach((result, i) => {
    if (!(result instanceof Error)) return;
    loop.callExceptionHandler({
      message: `an error occurred during closing of asynchronous generator ${String(live[i])}`,
      exception: result,
    });
  });
});
