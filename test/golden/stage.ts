/** The argument of a scenario. */
import * as asyncio from "uvio";
import type { LoopTest } from "../support/loops.js";
import { Writer, type Block, type Body, type Routine, type Spelling } from "../support/spellings.js";
import { text } from "./python.js";

export class Stage {
  readonly spelling: Spelling;
  readonly loops: LoopTest;
  readonly lines: string[] = [];
  readonly #writer: Writer;

  constructor(loops: LoopTest, spelling: Spelling) {
    this.loops = loops;
    this.spelling = spelling;
    this.#writer = new Writer(spelling);
  }

  /** `async def`. */
  readonly fn = <A extends unknown[], T>(body: (...args: A) => Body<T>): Routine<A, T> => this.#writer.fn(body);

  /** The body of an `async with`. */
  readonly block = <A extends unknown[], T>(body: (...args: A) => Body<T>): Block<A, T> => this.#writer.block(body);

  /** `print`. */
  readonly log = (...parts: unknown[]): void => {
    this.lines.push(parts.map(text).join(" "));
  };

  /** `asyncio.run`. */
  readonly run = <T>(main: asyncio.TaskSource<T>): Promise<T> => this.loops.run(main);

  /** `asyncio.new_event_loop`. */
  readonly newLoop = (): asyncio.BaseEventLoop => this.loops.newLoop();
}

export type Scenario = (stage: Stage) => Promise<void>;

export function scenario(play: (stage: Stage) => Promise<unknown>): Scenario {
  return async (stage) => {
    await play(stage);
  };
}

/** `asyncio.get_running_loop()`. */
export function runningLoop(): asyncio.BaseEventLoop {
  return asyncio.getRunningLoop();
}
