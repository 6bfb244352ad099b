import type { EventLoop, Suspension } from "../core/contracts.js";
import { RuntimeError } from "../core/errors.js";
import { getRunningLoop } from "../core/running.js";
import { Awaitable } from "../tasks/awaitable.js";
import type { Coroutine } from "../tasks/coroutine.js";
import { wrapFuture } from "../combinators/ensure-future.js";
import { lazy, type AsyncManager } from "../syntax/async-with.js";

// The opening's error was already thrown to the waiting task, if there still was one.
const ignored = (): void => {};

interface Closable {
  close(): Coroutine<void>;
}

/**
 * The awaitable that `open()` returns; nothing has been opened yet. Await it to get the file, or pass it to `asyncWith()`, which also
 * closes the file. If the task is cancelled while the system opens the file, the file is closed as soon as it is open.
 */
export class Opening<F extends Closable> extends Awaitable<F> implements AsyncManager<F, void> {
  get [lazy](): true {
    return true;
  }

  readonly #what: string;
  #open: (() => Promise<F>) | null;
  /** Closes a file that was opened after the task was cancelled. */
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
    if (this.#open === null) throw new RuntimeError(`${this.#what} was already awaited; call it again for another file`);
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

  /** Called by `asyncWith()`: opens the file. */
  aenter(): this {
    return this;
  }

  /** Called by `asyncWith()`: closes the file. */
  aexit(): Coroutine<void> {
    return this.#file!.close();
  }

  override toString(): string {
    return `<${this.#what}>`;
  }
}
