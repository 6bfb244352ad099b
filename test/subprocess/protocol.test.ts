/** subprocessExec and its transport and protocol, on both loops: what is called, and in which order. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import * as asyncio from "uvio";
import { makeFifo } from "../support/descriptors.js";
import { eachLoop } from "../support/loops.js";

const { DEVNULL, PIPE } = asyncio.subprocess;

class Recorder extends asyncio.SubprocessProtocol {
  readonly events: string[] = [];
  readonly data: Record<number, string> = { 1: "", 2: "" };
  readonly lost: asyncio.Future<void> = asyncio.getEventLoop().createFuture<void>();
  transport!: asyncio.SubprocessTransport;

  override connectionMade(transport: asyncio.SubprocessTransport): void {
    this.events.push("made");
    this.transport = transport;
  }

  override pipeDataReceived(fd: number, data: Buffer): void {
    this.data[fd] += String(data);
  }

  override pipeConnectionLost(fd: number, error: Error | null): void {
    this.events.push(`pipe ${fd} lost ${error === null ? "" : (error as NodeJS.ErrnoException).code}`.trim());
  }

  override processExited(): void {
    this.events.push("exited");
  }

  override connectionLost(error: Error | null): void {
    this.events.push(`lost ${String(error)}`);
    this.lost.setResult();
  }
}

eachLoop("the protocol hears of its pipes, of the exit, and of the end after all of these", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const [transport, protocol] = await loop.subprocessShell(() => new Recorder(), "cat; echo err >&2");
    assert.equal(transport, protocol.transport);
    assert.equal(transport.getProtocol(), protocol);
    assert.equal(transport.getReturncode(), null);
    assert.ok(transport.getPid() > 0);
    assert.equal(transport.getPipeTransport(3), null);
    const stdin = transport.getPipeTransport(0)!;
    stdin.write("out");
    stdin.close();
    await protocol.lost;
    assert.deepEqual(protocol.data, { 1: "out", 2: "err\n" });
    assert.equal(protocol.events[0], "made");
    assert.equal(protocol.events.at(-1), "lost null");
    assert.deepEqual([...protocol.events].sort(), ["exited", "lost null", "made", "pipe 0 lost", "pipe 1 lost", "pipe 2 lost"]);
    assert.equal(transport.getReturncode(), 0);
    assert.throws(() => transport.kill(), { code: "ESRCH" });
    transport.close();
    assert.equal(transport.isClosing(), true);
  });
});

eachLoop("a grandchild that has the pipe delays connectionLost, not processExited", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const [transport, protocol] = await loop.subprocessShell(() => new Recorder(), "sleep 60 & echo $!", {
      stdin: DEVNULL,
      stderr: DEVNULL,
    });
    while (transport.getReturncode() === null || !protocol.data[1]!.endsWith("\n")) await asyncio.sleep(0.001);
    await asyncio.sleep(0);
    assert.deepEqual(protocol.events, ["made", "exited"]);
    transport.kill(); // It has exited: no effect.
    process.kill(Number(protocol.data[1]), "SIGKILL");
    await protocol.lost;
    assert.deepEqual(protocol.events, ["made", "exited", "pipe 1 lost", "lost null"]);
  });
});

for (const stdin of [PIPE, null, DEVNULL]) {
  const name = stdin === PIPE ? "a pipe" : stdin === null ? "its parent's" : "nothing";
  eachLoop(`of a process that ends at once, and has ${name} for input, nothing is lost`, async (t) => {
    await t.run(async () => {
      const loop = asyncio.getRunningLoop();
      for (let i = 0; i < 20; i++) {
        const [transport, protocol] = await loop.subprocessShell(() => new Recorder(), `echo ${i}`, { stdin });
        await protocol.lost;
        assert.equal(protocol.data[1], `${i}\n`);
        assert.equal(transport.getReturncode(), 0);
        const pipes = stdin === PIPE ? ["pipe 0 lost", "pipe 1 lost", "pipe 2 lost"] : ["pipe 1 lost", "pipe 2 lost"];
        assert.deepEqual([...protocol.events].sort(), ["exited", "lost null", "made", ...pipes]);
        assert.equal(protocol.events[0], "made");
        assert.equal(protocol.events.at(-1), "lost null");
      }
    });
  });
}

eachLoop("the pipes of a process have one direction", async (t) => {
  await t.run(async () => {
    const [transport, protocol] = await asyncio.getRunningLoop().subprocessExec(() => new Recorder(), "cat");
    const [stdin, stdout] = [transport.getPipeTransport(0)!, transport.getPipeTransport(1)!] as unknown as [
      asyncio.Transport,
      asyncio.Transport,
    ];
    assert.throws(() => stdin.pauseReading(), asyncio.NotImplementedError);
    assert.throws(() => stdout.write("no"), asyncio.NotImplementedError);
    stdin.close();
    await protocol.lost;
  });
});

eachLoop("close() kills a process that runs", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const [transport, protocol] = await loop.subprocessExec(() => new Recorder(), "sleep", "60", { stdin: PIPE });
    transport.close();
    transport.close();
    await protocol.lost;
    assert.equal(transport.getReturncode(), -9);
    assert.equal(protocol.events.at(-1), "lost null");
  });
});

eachLoop("a pipe's flow control reaches the protocol", async (t) => {
  const gate = makeFifo(t);
  await t.run(async () => {
    class Paused extends Recorder {
      override pauseWriting(): void {
        this.events.push("pause");
      }
      override resumeWriting(): void {
        this.events.push("resume");
      }
    }
    const loop = asyncio.getRunningLoop();
    const [transport, protocol] = await loop.subprocessShell(() => new Paused(), `cat ${gate}; cat >/dev/null`);
    const stdin = transport.getPipeTransport(0)!;
    stdin.write(Buffer.alloc(1_000_000));
    assert.equal(protocol.events.at(-1), "pause");
    writeFileSync(gate, ""); // Now it begins to read.
    while (protocol.events.at(-1) !== "resume") await asyncio.sleep(0.001);
    stdin.writeEof();
    await protocol.lost;
    assert.equal(transport.getReturncode(), 0);
  });
});

eachLoop("what a protocol's method throws is reported, and the process goes on", async (t) => {
  await t.run(async () => {
    class Failing extends Recorder {
      override pipeDataReceived(fd: number, data: Buffer): void {
        super.pipeDataReceived(fd, data);
        throw new Error("not now");
      }
    }
    const loop = asyncio.getRunningLoop();
    const [transport, protocol] = await loop.subprocessExec(() => new Failing(), "cat");
    transport.getPipeTransport(0)!.write("one");
    while (protocol.data[1] !== "one") await asyncio.sleep(0.001);
    assert.equal((t.takeReport().exception as Error).message, "not now");
    transport.getPipeTransport(0)!.close();
    await protocol.lost;
    assert.equal(transport.getReturncode(), 0);
  });
});

eachLoop("a factory that fails starts nothing", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    await assert.rejects(async () => loop.subprocessExec(() => null as never, "true"), TypeError);
    assert.throws(() => void loop.subprocessExec(null as never, "true"), TypeError);
  });
  const loop = t.newLoop();
  loop.close();
  assert.throws(() => void loop.subprocessExec(() => new Recorder(), "true"), asyncio.RuntimeError);
});
