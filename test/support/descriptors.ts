/** The open descriptors and the children of the process, and temporary files. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { LoopTest } from "./loops.js";

export const isLinux = process.platform === "linux";

/** Lists the open descriptors with their targets. The list always includes those of libuv and of the listing itself. */
export function openDescriptors(): string[] {
  const list: string[] = [];
  for (const fd of readdirSync("/proc/self/fd")) {
    try {
      list.push(`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`);
    } catch {
      // This descriptor was the listing's own.
    }
  }
  return list;
}

/** Returns the pipes and sockets opened since `before`. Waits up to 200 turns, because Node and libuv close in later turns. */
export async function openedSince(before: readonly string[]): Promise<string[]> {
  for (let turns = 0; ; turns++) {
    const added = openDescriptors().filter((one) => !before.includes(one) && /pipe:|socket:|pts|fifo/.test(one));
    if (added.length === 0 || turns === 200) return added;
    await nextTurn();
  }
}

export function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

/** Lists the children of this process, each as "pid state". */
export function children(): string[] {
  const found: string[] = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const [state, parent] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
      if (Number(parent) === process.pid) found.push(`${pid} ${state}`);
    } catch {
      // The process has exited since it was listed.
    }
  }
  return found;
}

/** Runs `body`, then checks that it has left no child and no descriptor. */
export async function leavingNothing(t: LoopTest, body: () => Promise<void>): Promise<void> {
  const before = isLinux ? openDescriptors() : [];
  await t.run(body);
  if (!isLinux) return;
  assert.deepEqual(await openedSince(before), []);
  while (t.kind === "node" && children().length > 0) await new Promise((resolve) => setImmediate(resolve)); // Node reaps in later turns.
  assert.deepEqual(children(), []);
}

/** Creates a folder that is removed after the test. */
export function folderOf(t: LoopTest): string {
  const folder = mkdtempSync(path.join(tmpdir(), "uvio-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function makeFifo(t: LoopTest): string {
  const name = path.join(folderOf(t), "fifo");
  const { status, error } = spawnSync("mkfifo", [name]);
  if (status !== 0) throw error ?? new Error("mkfifo failed");
  return name;
}
