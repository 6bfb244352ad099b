/**
 * Makes V8 collect short-lived Buffers before they cost a full garbage collection.
 *
 * V8 can free the memory of a short-lived Buffer in a scavenge, as cheaply as any young object. It does not count that memory, however,
 * when it decides whether to start a scavenge. After 64 MiB of such memory V8 marks the whole heap instead, which takes far longer. This
 * file counts the memory made for received bytes and provokes a scavenge earlier: docs/decisions/0041.
 */
import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";

/** Bytes to count between two looks at V8's statistics. */
const BETWEEN_LOOKS = 4 << 20;
/** Growth of external memory, in bytes, at which young objects are collected: clearly below V8's 64 MiB. */
const ENOUGH = 40 << 20;
/** The largest free space for young objects to fill, in bytes. Filling more would keep more memory mapped than it frees. */
const MOST_FILLED = 8 << 20;
/** The length of an array that V8 still allocates among the young objects, at eight bytes an element. */
const GARBAGE_LENGTH = 8000;

/** Bytes counted since the last look. */
let unseen = 0;
/** The lowest external memory seen since the last collection, in bytes. */
let lowest = Number.POSITIVE_INFINITY;

/** Counts memory that was allocated for received bytes. Must be called for every such allocation. */
export function countYoungMemory(bytes: number): void {
  unseen += bytes;
  if (unseen >= BETWEEN_LOOKS) look();
}

function look(): void {
  unseen = 0;
  const external = getHeapStatistics().external_memory;
  if (external - lowest > ENOUGH) {
    collectYoungObjects();
    lowest = external; // Memory that is still in use must not cost a scavenge at every look.
  } else if (external < lowest) {
    lowest = external;
  }
}

/** Allocates garbage until the space for young objects is full, at which V8 collects it. */
function collectYoungObjects(): void {
  const room = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")?.space_available_size ?? Infinity;
  if (room > MOST_FILLED) return;
  // The garbage is not assigned to any object: while V8 marks, its write barrier treats an assigned value as alive. The garbage would
  // then survive, and V8 would enlarge the space for young objects.
  for (let filled = 0; filled <= room;) filled += new Array<unknown>(GARBAGE_LENGTH).length * 8;
}
