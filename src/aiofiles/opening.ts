import type { EventLoop, Suspension } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { Awaitable } from "../tasks/awaitable.js";
import type { Coroutine } from "../tasks/coroutine.js";
import { wrapFuture } from "../combinators/ensure-future.js";
import { lazy, type AsyncManager } from "../syntax/async-with.js";

/** The opening's own error was thrown to whoever waited, if anybody still did. */
const ignored = (): void => {};

interface Closable {
  close(): Coroutine<void>;
}

/**
 * What `open()` returns: nothing has been opened yet. `await` it for the file, or give it to `asyncWith`, which closes the file afterwards.
 * If the task is cancelled while the system opens the file, the file is closed as soon as it is open.
 */
export class Opening<F extends Closable> extends Awaitable<F> implements AsyncManager<F, void> {
  get [lazy](): true {
    return true;
  }

  readonly #what: string;
  #open: (() => Promise<F>) | null;
  /** Closes what came too late. */
  readonly #discard: (file: F) => Promise<void>;
  #file: F | null = null;

  /** @internal */
  constructor(what: string, open: () => Promise<F>, discard: (file: F) => Promise<void>) {
    super();
    this.#what = what;
    this.#open = open;
    this.#discard = discard;
  }

  override *[Symbol.iterator](): Generator<Suspension, F, unknown> {
    if (this.#open === null) throw new RuntimeError(`${this.#what} was awaited already: call it again for another file`);
    const loop = getRunningLoop();
    const opening = this.#open();
    this.#open = null;
    let opened = false;
    try {
      this.#file = yield* wrapFuture(opening, { loop });
      opened = true;
      return this.#file;
    } finally {
      if (!opened) void opening.then((file) => this.#close(file, loop), ignored);
    }
  }

  async #close(file: F, loop: EventLoop): Promise<void> {
    try {
      await this.#discard(file);
    } catch (exception) {
      loop.callExceptionHandler({ message: `${this.#what}: the file could not be closed`, exception });
    }
  }

  /** For `asyncWith`: opens. */
  aenter(): this {
    return this;
  }

  /** For `asyncWith`: closes. */
  aexit(): Coroutine<void> {
    return this.#file!.close();
  }

  override toString(): string {
    return `<${this.#what}>`;
  }
}
