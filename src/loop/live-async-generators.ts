/** loop.shutdownAsyncgens(), and the set of generators that it closes. */
import type { AsyncGenerators, Closable, EventLoop } from "../core/contracts.js";
import { coroutine } from "../tasks/coroutine.js";
import { ensureFuture, type AwaitableSource } from "../combinators/ensure-future.js";
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
  const closing = live.map((generator) => ensureFuture(generator.aclose() as AwaitableSource<void>, { loop }));
  yield* gather(...closing, { returnExceptions: true });
  closing.forEach((closed, i) => {
    if (!closed.failed()) return; // As in asyncio, a generator that ends cancelled is not reported.
    const asyncgen = live[i]!.object();
    loop.callExceptionHandler({
      message: `an error occurred during closing of asynchronous generator ${String(asyncgen)}`,
      exception: closed.exception(),
      asyncgen,
    });
  });
});
