/** Options may be inherited, or getters of a class: all calls take them, as a destructuring does. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";
import { ca, opensslSkipped } from "../support/certificates.js";
import { DatagramRecorder } from "../support/datagrams.js";
import { eachLoop, onLoop } from "../support/loops.js";
import { Recorder } from "../support/protocols.js";
import { serverSsl } from "../tls/serving.js";

type Shape = <T extends object>(values: T) => T;

/** Makes an object of options with these values. */
const SHAPES: Record<string, Shape> = {
  "properties of the object": (values) => values,
  inherited: <T extends object>(values: T) => Object.create(values) as T,
  "getters of a base class": <T extends object>(values: T) => {
    class Base {
      helper(): void {} // No option, as it is a method.
    }
    for (const [name, value] of Object.entries(values)) Object.defineProperty(Base.prototype, name, { get: () => value as unknown });
    return new (class extends Base {})() as T;
  },
};

/** Calls whose options show in their results. */
const CALLS: Record<string, (shape: Shape) => Promise<void>> = {
  createServer: async (shape) => {
    const loop = asyncio.getRunningLoop();
    const server = await loop.createServer(() => new Recorder(), "127.0.0.1", 0, shape({ startServing: false }));
    assert.equal(server.isServing(), false);
    const shutdown = async (): Promise<void> => await server.shutdown(shape({ graceSeconds: "1" as never }));
    await assert.rejects(shutdown, /graceSeconds must be a number of seconds/);
    server.close();
    await server.waitClosed();
  },
  startServer: async (shape) => {
    const server = await asyncio.startServer(async () => {}, "127.0.0.1", 0, shape({ startServing: false }));
    assert.equal(server.isServing(), false);
    server.close();
    await assert.rejects(async () => await asyncio.startServer(async () => {}, "127.0.0.1", 0, shape({ limit: -1 })), /limit must be/);
  },
  createConnection: async (shape) => {
    const loop = asyncio.getRunningLoop();
    const server = await loop.createServer(() => new Recorder(), "127.0.0.1", 0);
    const { port } = server.sockets[0]!.getsockname();
    const options = { localAddr: { address: "127.0.0.2", port: 0 } };
    const [transport, client] = await loop.createConnection(() => new Recorder(), "127.0.0.1", port, shape(options));
    assert.equal((transport.getExtraInfo("sockname") as asyncio.Address).address, "127.0.0.2");
    transport.close();
    await client.lost;
    const [, writer] = await asyncio.openConnection("127.0.0.1", port, shape(options));
    assert.equal((writer.getExtraInfo("sockname") as asyncio.Address).address, "127.0.0.2");
    writer.close();
    await writer.waitClosed();
    server.close();
    await server.waitClosed();
  },
  createDatagramEndpoint: async (shape) => {
    const localAddr = { address: "127.0.0.2", port: 0 };
    const loop = asyncio.getRunningLoop();
    const [transport] = await loop.createDatagramEndpoint(() => new DatagramRecorder(), shape({ localAddr }));
    assert.equal((transport.getExtraInfo("sockname") as asyncio.Address).address, "127.0.0.2");
    transport.close();
  },
  getaddrinfo: async (shape) => {
    await assert.rejects(
      async () => await asyncio.getRunningLoop().getaddrinfo("127.0.0.1", 80, shape({ family: 4 as never })),
      /family must/,
    );
  },
  createSubprocessExec: async (shape) => {
    const child = await asyncio.createSubprocessExec("pwd", shape({ stdout: asyncio.subprocess.PIPE, cwd: "/" }));
    assert.equal(String((await child.communicate())[0]), "/\n");
  },
  createSubprocessShell: async (shape) => {
    const child = await asyncio.createSubprocessShell("pwd", shape({ stdout: asyncio.subprocess.PIPE, cwd: "/" }));
    assert.equal(String((await child.communicate())[0]), "/\n");
  },
  runProcess: async (shape) => {
    const { stdout } = await asyncio.runProcess("pwd", shape({ cwd: "/" }));
    assert.equal(String(stdout), "/\n");
  },
};

for (const [name, shape] of Object.entries(SHAPES)) {
  for (const [call, body] of Object.entries(CALLS)) {
    eachLoop(`${call} takes options that are ${name}`, async (t) => {
      await t.run(async () => body(shape));
    });
  }

  const skip = opensslSkipped;
  eachLoop(
    `TLS and startTls take options that are ${name}`,
    async (t) => {
      await t.run(async () => {
        const handler = async (reader: asyncio.StreamReader, writer: asyncio.StreamWriter): Promise<void> => {
          await writer.startTls(shape(serverSsl()));
          await writer.send(await reader.readline());
          writer.close();
        };
        const server = await asyncio.startServer(handler, "127.0.0.1", 0);
        const { port } = server.sockets[0]!.getsockname();
        const [reader, writer] = await asyncio.openConnection("127.0.0.1", port);
        await writer.startTls(shape({ ca }), shape({ serverHostname: "localhost" }));
        writer.write("over TLS\n");
        assert.equal(String(await reader.readline()), "over TLS\n");
        writer.close();
        await writer.waitClosed();
        server.close();
        await server.waitClosed();
      });
    },
    { skip },
  );

  onLoop("uv", `uvloop.run takes options that are ${name}`, async (t) => {
    const own = await uvloop.run(async () => asyncio.getRunningLoop(), shape({ loopFactory: t.newLoop, debug: true }));
    assert.equal(own.getDebug(), true);
    assert.ok(!(own instanceof asyncio.NodeEventLoop));
  });
}
