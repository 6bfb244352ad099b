/** The argument of a scenario. */
import * as asyncio from "uvio";
import type { LoopTest } from "../support/loops.js";
import { Scene } from "../support/scene.js";
import type { Spelling } from "../support/spellings.js";
import { text } from "./python.js";

/** Prints values as Python does. */
export class Stage extends Scene {
  constructor(t: LoopTest, spelling: Spelling) {
    super(t, spelling, text);
  }
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
