import { StopAsyncIteration } from "../core/errors.js";
import { anext } from "./async-for.js";
import type { Awaitable } from "../tasks/awaitable.js";
import type { CoroutineGenerator } from "../tasks/coroutine.js";
import { FastPathAwaitable, WOULD_BLOCK } from "../tasks/fast-path.js";

/** What has lines, the empty one after the last. */
interface LineSource<D> {
  /** The next line, if it needs no waiting; else null. May throw. */
  readLineNow(): D | null;
  readline(): Awaitable<D>;
}

/** Lines until the end. Those that are there already cost `for await` one promise each, and `asyncFor` none. */
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

  /** Of a loop that is left: there is nothing to end, and who reads on gets the line after the last one. */
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

/** One serves for all lines, as it has no state. */
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
