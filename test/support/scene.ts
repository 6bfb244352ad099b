/** Coroutines of one spelling, on one kind of loop, and the lines that they print. */
import * as asyncio from "uvio";
import type { LoopTest } from "./loops.js";
import { Writer, type Block, type Body, type Routine, type Spelling } from "./spellings.js";

/** The argument of a program: the test, its spelling, and the lines that it has logged. */
export class Scene {
  readonly t: LoopTest;
  readonly spelling: Spelling;
  readonly lines: string[] = [];
  readonly #writer: Writer;
  readonly #text: (value: unknown) => string;

  /** `text`: how `log` writes a value. */
  constructor(t: LoopTest, spelling: Spelling, text: (value: unknown) => string = String) {
    this.t = t;
    this.spelling = spelling;
    this.#writer = new Writer(spelling);
    this.#text = text;
  }

  /** `async def`. */
  readonly fn = <A extends unknown[], T>(body: (...args: A) => Body<T>): Routine<A, T> => this.#writer.fn(body);

  /** The body of an `async with`. */
  readonly block = <A extends unknown[], T>(body: (...args: A) => Body<T>): Block<A, T> => this.#writer.block(body);

  /** `asyncio.create_task(body())`. */
  readonly task = <T>(body: () => Body<T>, options?: asyncio.TaskOptions): asyncio.Task<T> =>
    asyncio.createTask(this.fn(body).lazy(), options);

  /** `print`. */
  readonly log = (...parts: unknown[]): void => {
    this.lines.push(parts.map((part) => this.#text(part)).join(" "));
  };

  /** `asyncio.run`. */
  readonly run = <T>(main: asyncio.TaskSource<T>): Promise<T> => this.t.run(main);

  /** `asyncio.new_event_loop`. */
  readonly newLoop = (): asyncio.BaseEventLoop => this.t.newLoop();

  get loop(): asyncio.BaseEventLoop {
    return asyncio.getRunningLoop() as asyncio.BaseEventLoop;
  }

  future<T = unknown>(): asyncio.Future<T> {
    return this.loop.createFuture<T>();
  }
}
