import type { AsyncGenerators, Closable, EventLoop } from "../core/contracts.js";
import { coroutine } from "../tasks/coroutine.js";
import { gather } from "../combinators/gather.js";

/** A loop's async generators that were begun and not finished. Strong references: an abandoned one is closed at shutdown at the latest. */
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

  /** All of them; none is begun afterwards without a warning. */
  takeAll(): Closable[] {
    this.#shutDown = true;
    const all = [...this.#live];
    this.#live.clear();
    return all;
  }
}

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
