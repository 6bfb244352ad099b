/** Protocols whose methods throw, and throw odd things. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { connectPair, Echo, HalfOpenRecorder, Recorder } from "../support/protocols.js";

const ODD: readonly [string, unknown][] = [
  ["an Error", new Error("of the protocol")],
  ["null", null],
  ["undefined", undefined],
];

for (const [what, thrown] of ODD) {
  eachLoop(`a dataReceived that throws ${what} is reported and loses the connection`, async (t) => {
    await t.run(async () => {
      const pair = await connectPair(
        () => new Recorder(),
        () =>
          new (class extends Recorder {
            override dataReceived(): void {
              throw thrown;
            }
          })(),
      );
      pair.transport.write("data");
      const lostTo = await pair.peer.lost;
      if (thrown instanceof Error) assert.equal(lostTo, thrown);
      else assert.ok(lostTo instanceof Error);
      await pair.client.ended.then(undefined, () => {});
      const report = t.takeReport();
      assert.equal(report.exception, thrown);
      assert.match(report.message, /^Fatal error: protocol\.dataReceived\(\) call failed/);
      assert.equal(report.protocol, pair.peer);
      assert.equal(report.transport, pair.peer.transport);
      await pair.close();
    });
  });

  eachLoop(`an eofReceived that throws ${what} is reported and loses the connection`, async (t) => {
    await t.run(async () => {
      const pair = await connectPair(
        () => new HalfOpenRecorder(),
        () =>
          new (class extends Recorder {
            override eofReceived(): void {
              throw thrown;
            }
          })(),
      );
      pair.transport.writeEof();
      await pair.peer.lost;
      assert.equal(t.takeReport().exception, thrown);
      await pair.close();
    });
  });

  eachLoop(`a connectionMade that throws ${what} is reported; the connection stays`, async (t) => {
    await t.run(async () => {
      const made = asyncio.getEventLoop().createFuture<asyncio.Transport>();
      const client = new (class extends Echo {
        override connectionMade(transport: asyncio.Transport): void {
          super.connectionMade(transport);
          throw thrown;
        }
      })();
      const server = await asyncio.getRunningLoop().createServer(
        () =>
          new (class extends Recorder {
            override connectionMade(transport: asyncio.Transport): void {
              super.connectionMade(transport);
              made.setResult(transport);
            }
          })(),
        "127.0.0.1",
        0,
      );
      const [transport] = await asyncio.getRunningLoop().createConnection(() => client, "127.0.0.1", server.sockets[0]!.getsockname().port);
      assert.equal(t.takeReport().exception, thrown);
      const peer = (await made).getProtocol() as Recorder;
      peer.transport.write("still there?");
      await peer.received(12);
      transport.close();
      await client.lost;
      await peer.lost;
      server.close();
      await server.waitClosed();
    });
  });

  eachLoop(`a connectionLost that throws ${what} is reported, and the server still closes`, async (t) => {
    await t.run(async () => {
      const pair = await connectPair(
        () => new Recorder(),
        () =>
          new (class extends Recorder {
            override connectionLost(error: Error | null): void {
              super.connectionLost(error);
              throw thrown;
            }
          })(),
      );
      pair.transport.close();
      await pair.peer.lost;
      pair.server.close();
      await pair.server.waitClosed();
      assert.equal(t.takeReport().exception, thrown);
      await pair.close();
    });
  });

  eachLoop(`pauseWriting and resumeWriting that throw ${what} are reported; nothing is lost`, async (t) => {
    await t.run(async () => {
      const resumed = asyncio.getEventLoop().createFuture<void>();
      const pair = await connectPair(
        () =>
          new (class extends Recorder {
            override pauseWriting(): void {
              throw thrown;
            }
            override resumeWriting(): void {
              resumed.setResult();
              throw thrown;
            }
          })(),
        () => new Recorder(),
      );
      pair.transport.write(Buffer.alloc(16 << 20));
      await pair.peer.received(16 << 20);
      await resumed;
      const reports = t.takeReports();
      assert.deepEqual(
        reports.map(({ message, exception }) => [message, exception === thrown]),
        [
          ["protocol.pauseWriting() failed", true],
          ["protocol.resumeWriting() failed", true],
        ],
      );
      await pair.close();
    });
  });
}

eachLoop("a protocol may leave out what it does not need", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const received = asyncio.getEventLoop().createFuture<string>();
    const server = await loop.createServer(() => ({ dataReceived: (data: Buffer) => received.setResult(data.toString()) }), "127.0.0.1", 0);
    const [transport] = await loop.createConnection(() => ({ dataReceived: () => {} }), "127.0.0.1", server.sockets[0]!.getsockname().port);
    transport.write("hello");
    assert.equal(await received, "hello");
    transport.close();
    server.close();
    await server.waitClosed();
  });
});
