/** Subprocesses on uvio, LOOP=uv or LOOP=node. */
import * as asyncio from "uvio";
import { chooseLoop } from "../servers/common.js";
import { check, measure } from "./figures.js";

const { PIPE } = asyncio.subprocess;
const BLOCK = 256 * 1024;

class Counter extends asyncio.SubprocessProtocol {
  received = 0;
  readonly exited = asyncio.getRunningLoop().createFuture<void>();

  override pipeDataReceived(_fd: number, data: Buffer): void {
    this.received += data.length;
  }

  override connectionLost(): void {
    this.exited.setResult();
  }
}

chooseLoop();
await asyncio.run(() =>
  measure({
    async streams(size) {
      const child = await asyncio.createSubprocessExec("head", "-c", String(size), "/dev/zero", { stdout: PIPE });
      let received = 0;
      for (let data = await child.stdout!.read(BLOCK); data.length > 0; data = await child.stdout!.read(BLOCK)) received += data.length;
      await child.wait();
      check(received, size);
    },

    async protocol(size) {
      const loop = asyncio.getRunningLoop();
      const args = ["-c", String(size), "/dev/zero"];
      const [transport, protocol] = await loop.subprocessExec(() => new Counter(), "head", ...args, { stdin: null, stderr: null });
      await protocol.exited;
      transport.close();
      check(protocol.received, size);
    },

    async communicate(size) {
      const child = await asyncio.createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE });
      const [output] = await child.communicate(Buffer.alloc(size));
      check(output!.length, size);
    },

    async spawn(count) {
      for (let i = 0; i < count; i++) await (await asyncio.createSubprocessExec("true")).wait();
    },
  }),
);
