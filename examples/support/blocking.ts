// Blocking functions, which the examples run in other threads and processes.
import { readFileSync } from "node:fs";
import { exported } from "uvio";

export function readText(path: string): string {
  return readFileSync(path, "utf8");
}

/** Blocks the thread for `seconds`. */
export function block(seconds: number): string {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
  return `blocked for ${seconds} s`;
}

export function countPrimes(limit: number): number {
  const composite = new Uint8Array(limit);
  let count = 0;
  for (let n = 2; n < limit; n++) {
    if (composite[n] === 1) continue;
    count++;
    for (let multiple = n * n; multiple < limit; multiple += n) composite[multiple] = 1;
  }
  return count;
}

export async function download(url: string): Promise<string> {
  const response = await fetch(url);
  return await response.text();
}

exported(import.meta, { block, countPrimes, download, readText });
