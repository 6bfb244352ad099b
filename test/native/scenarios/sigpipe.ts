/** Writes to a peer that has reset the connection, after the program has restored SIGPIPE's default action. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rawConnect } from "../../support/raw.js";
import { uv } from "../support/errno.js";
import { RawLoop, untilNothingIsLeft } from "../support/raw-loop.js";

/**
 * The peer either resets the connection or closes it. After a reset, the first write fails with ECONNRESET. After a close, the peer
 * resets the connection at the first write, and the kernel answers the next write with SIGPIPE and EPIPE.
 */
export async function writeAfter(ending: "reset" | "close", way: "write" | "submit"): Promise<void> {
  // Node ignores SIGPIPE until a listener is added. Removing the listener leaves the default action: death.
  const listener = (): void => {};
  process.on("SIGPIPE", listener);
  process.off("SIGPIPE", listener);
  const told: number[] = [];
  const loop = new RawLoop({ accept: () => {}, written: (_, status) => told.push(status) });
  const client = await rawConnect(loop.listen().port);
  await loop.until(() => loop.accepted.length === 1);
  const name = loop.accepted[0]!;
  if (ending === "reset") client.resetAndDestroy();
  else client.destroy();
  await once(client, "close");
  const byte = Buffer.from("x");
  while (told.length === 0) {
    if (way === "write") {
      const status = loop.native.write(...name, byte, 0, 1);
      if (status < 0) told.push(status);
    } else {
      loop.submit(name, byte);
      loop.native.flush();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(told, [uv(ending === "reset" ? "ECONNRESET" : "EPIPE")]);
  loop.native.close();
  await untilNothingIsLeft();
}

/** A child process has SIGPIPE unblocked, or `yes | head` would never end. */
export async function childMask(): Promise<void> {
  const loop = new RawLoop();
  const child = spawn("cat", ["/proc/self/status"], { stdio: ["ignore", "pipe", "inherit"] });
  let status = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (status += text));
  await once(child, "close");
  const blocked = BigInt(`0x${/^SigBlk:\s*([0-9a-f]+)$/m.exec(status)![1]!}`);
  const SIGPIPE = 13n;
  assert.equal(blocked & (1n << (SIGPIPE - 1n)), 0n);
  loop.native.close();
  await untilNothingIsLeft();
}
