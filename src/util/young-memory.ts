/**
 * V8 frees the memory of Buffers that did not live long as cheaply as other young objects, but does not count it when it decides whether to
 * look at these. It waits until 64 MiB have come, and then marks the whole heap: docs/decisions/0041.
 */
import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";

/** Bytes made between two looks at what has been freed meanwhile. */
const BETWEEN_LOOKS = 4 << 20;
/** What may come to lie outside the heap before the young objects are collected: clearly below V8's 64 MiB. */
const ENOUGH = 40 << 20;
/** Where there is more room for young objects than this it is left to V8: filling it would keep more memory mapped than is freed. */
const MOST_FILLED = 8 << 20;
/** Of an Array that is allocated among the young objects: the elements take eight bytes each. */
const GARBAGE_LENGTH = 8000;

let unseen = 0;
let lowest = Number.POSITIVE_INFINITY;

/** To be told of all memory made for bytes that were received, when it is made. */
export function countYoungMemory(bytes: number): void {
  unseen += bytes;
  if (unseen >= BETWEEN_LOOKS) look();
}

function look(): void {
  unseen = 0;
  const external = getHeapStatistics().external_memory;
  if (external - lowest > ENOUGH) {
    collectYoungObjects();
    lowest = external; // Where it was not freed, it is kept by somebody.
  } else if (external < lowest) {
    lowest = external;
  }
}

/** Makes garbage until there is no room for more, at which V8 collects. */
function collectYoungObjects(): void {
  const room = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")?.space_available_size ?? Infinity;
  if (room > MOST_FILLED) return;
  // Kept nowhere: while V8 marks, it takes what is assigned to an object for alive, and survivors are what it enlarges that room for.
  for (let filled = 0; filled <= room;) filled += new Array<unknown>(GARBAGE_LENGTH).length * 8;
}
