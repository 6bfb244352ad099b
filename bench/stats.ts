/** Statistics of repeated measurements. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** Returns median and extremes. Five rounds do not justify finer statistics. */
export function spread(values: number[]): Spread {
  if (values.length === 0) throw new RangeError("spread() needs at least one value");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted[sorted.length - 1]! };
}
