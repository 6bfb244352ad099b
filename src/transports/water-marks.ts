import { HIGH_WATER_BYTES } from "../core/constants.js";
import { ValueError } from "../core/errors.js";
import { describe } from "../util/format.js";

/** When a protocol must stop writing and when it may go on, in bytes. */
export interface WaterMarks {
  readonly low: number;
  readonly high: number;
}

export const DEFAULT_WATER_MARKS: WaterMarks = { low: HIGH_WATER_BYTES / 4, high: HIGH_WATER_BYTES };

/** asyncio's arithmetic: only `low` gives high = 4 * low, only `high` gives low = high / 4. */
export function waterMarks({ high, low }: { high?: number; low?: number } = {}): WaterMarks {
  checkMark("high", high);
  checkMark("low", low);
  const top = high ?? (low === undefined ? HIGH_WATER_BYTES : 4 * low);
  const bottom = low ?? Math.floor(top / 4);
  if (!(top >= bottom && bottom >= 0)) throw new ValueError(`high (${top}) must be >= low (${bottom}) must be >= 0`);
  return { low: bottom, high: top };
}

function checkMark(name: string, value: unknown): void {
  if (value !== undefined && !Number.isInteger(value))
    throw new TypeError(`${name} must be an integer number of bytes, got ${describe(value)}`);
}
