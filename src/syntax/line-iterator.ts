import { StopAsyncIteration } from "../core/errors.js";
import { anext } from "./async-for.js";
import type { Awaitable } from "../tasks/awaitable.js";
import type { CoroutineGenerator } from "../tasks/coroutine.js";
import { FastPathAwaitable, WOULD_BLOCK } from "../tasks/fast-path.js";

/** An object to read lines from. After the last line it returns an empty one. */
interface LineSource<D> {
  /** Returns the next line, or null if reading it would have to wait. May throw. */
  readLineNow(): D | null;
  readline(): Awaitable<D>;
}

/** Iterates over lines until the end. A line that is buffered already costs `for await` one promise, and `asyncFor` none. */
export class LineIterator<D extends string | Buffer> implements AsyncIterableIterator<D, undefined> {
  readonly #source: LineSource<D>;
  readonly #nextLine: NextLine<D>;

  constructor(source: LineSource<D>) {
    this.#source = source;
    this.#nextLine = new NextLine(source);
  }

  next(): Promise<IteratorResult<D, undefined>> {
    const source = this.#source;
    try {
      const line = source.readLineNow();
      if (line !== null) return Promise.resolve(stepOf(line));
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => void source.readline().then((line) => resolve(stepOf(line)), reject));
  }

  /** Called when a loop exits early. Nothing to clean up: the next read returns the next line. */
  return(): Promise<IteratorResult<D, undefined>> {
    return Promise.resolve({ done: true, value: undefined });
  }

  [anext](): Awaitable<D> {
    return this.#nextLine;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function stepOf<D extends string | Buffer>(line: D): IteratorResult<D, undefined> {
  return line.length === 0 ? { done: true, value: undefined } : { done: false, value: line };
}

/** Reads the next line. It has no state, so one object serves for all lines. */
class NextLine<D extends string | Buffer> extends FastPathAwaitable<D> {
  readonly #source: LineSource<D>;

  constructor(source: LineSource<D>) {
    super();
    this.#source = source;
  }

  override tryNow(): D | typeof WOULD_BLOCK {
    const line = this.#source.readLineNow();
    return line === null ? WOULD_BLOCK : notLast(line);
  }

  protected override *slowPath(): CoroutineGenerator<D> {
    return notLast(yield* this.#source.readline());
  }
}

function notLast<D extends string | Buffer>(line: D): D {
  if (line.length === 0) throw new StopAsyncIteration();
  return line;
}
