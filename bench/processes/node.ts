/** Subprocesses on node:child_process, in the way that careful code uses it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { check, measure } from "./figures.js";

const ended = (child: ChildProcess) => once(child, "close");

async function count(stdout: Readable, child: ChildProcess, size: number): Promise<void> {
  let received = 0;
  stdout.on("data", (data: Buffer) => (received += data.length));
  await ended(child);
  check(received, size);
}

await measure({
  async streams(size) {
    const child = spawn("head", ["-c", String(size), "/dev/zero"], { stdio: ["inherit", "pipe", "inherit"] });
    let received = 0;
    for await (const data of child.stdout) received += (data as Buffer).length;
    if (child.exitCode === null) await ended(child);
    check(received, size);
  },

  async protocol(size) {
    const child = spawn("head", ["-c", String(size), "/dev/zero"], { stdio: ["inherit", "pipe", "inherit"] });
    await count(child.stdout, child, size);
  },

  async communicate(size) {
    const child = spawn("cat", { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(Buffer.alloc(size));
    const blocks: Buffer[] = [];
    child.stdout.on("data", (data: Buffer) => blocks.push(data));
    await ended(child);
    check(Buffer.concat(blocks).length, size);
  },

  async spawn(count) {
    for (let i = 0; i < count; i++) await once(spawn("true", { stdio: "inherit" }), "exit");
  },
});
