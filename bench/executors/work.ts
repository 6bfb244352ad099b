/** The job of the executors' benchmark. */
import * as asyncio from "uvio";

export function increment(x: number): number {
  return x + 1;
}

asyncio.exported(import.meta, { increment });
