/** `instanceof` answers as asyncio documents it, of whatever a loop gives. */
import assert from "node:assert/strict";
import { constants, openSync } from "node:fs";
import path from "node:path";
import { duplexPair, Writable } from "node:stream";
import { test } from "vitest";
import * as asyncio from "uvio";
import { ca, local, opensslSkipped } from "../support/certificates.js";
import { folderOf, makeFifo } from "../support/descriptors.js";
import { eachLoop, uvSkipped, type LoopTest } from "../support/loops.js";
import { Echo, Recorder } from "../support/protocols.js";

const { BaseTransport, ReadTransport, WriteTransport, Transport, DatagramTransport, SubprocessTransport } = asyncio;
const KINDS = { BaseTransport, ReadTransport, WriteTransport, Transport, DatagramTransport, SubprocessTransport };

/** The classes that it is an instance of. */
function kindsOf(transport: unknown): string[] {
  return Object.entries(KINDS)
    .filter(([, Kind]) => transport instanceof Kind)
    .map(([name]) => name);
}

const BOTH_WAYS = ["BaseTransport", "ReadTransport", "WriteTransport", "Transport"];
const recorder = (): Recorder => new Recorder();

/** Looks at a server, ends it. */
async function checkServer(server: asyncio.Server<unknown>): Promise<void> {
  assert.ok(server instanceof asyncio.Server);
  assert.ok(server instanceof asyncio.AbstractServer);
  server.close();
  await server.waitClosed();
}

/** Looks at both ends of a connection to a server, ends all of it. */
async function checkConnection(
  t: LoopTest,
  serve: (factory: () => Recorder) => PromiseLike<asyncio.Server<unknown>>,
  connect: (server: asyncio.Server<unknown>) => PromiseLike<[asyncio.Transport, Recorder]>,
): Promise<void> {
  await t.run(async () => {
    const echo = new Echo();
    const server = await serve(() => echo);
    const [transport, protocol] = await connect(server);
    transport.write("x");
    await protocol.received(1);
    assert.deepEqual([transport, echo.transport].map(kindsOf), [BOTH_WAYS, BOTH_WAYS]);
    transport.close();
    await protocol.lost;
    await checkServer(server);
  });
}

const portOf = (server: asyncio.Server<unknown>): number => (server.sockets[0]!.getsockname() as asyncio.Address).port;
const loop = (): asyncio.BaseEventLoop => asyncio.getRunningLoop();

eachLoop("every loop is an AbstractEventLoop", async (t) => {
  const one = t.newLoop();
  assert.ok(one instanceof asyncio.AbstractEventLoop);
  assert.ok(one instanceof asyncio.BaseEventLoop);
  one.close();
  assert.equal({} instanceof asyncio.AbstractEventLoop, false);
});

eachLoop("a TCP connection is a Transport, its server a Server", async (t) => {
  await checkConnection(
    t,
    (factory) => loop().createServer(factory, "127.0.0.1", 0),
    (server) => loop().createConnection(recorder, "127.0.0.1", portOf(server)),
  );
});

eachLoop(
  "a TLS connection is a Transport, its server a Server",
  async (t) => {
    await checkConnection(
      t,
      (factory) => loop().createServer(factory, "127.0.0.1", 0, { ssl: local() }),
      (server) => loop().createConnection(recorder, "127.0.0.1", portOf(server), { ssl: { ca } }),
    );
  },
  { skip: opensslSkipped },
);

eachLoop("a Unix connection is a Transport, its server a Server", async (t) => {
  const name = path.join(folderOf(t), "socket");
  await checkConnection(
    t,
    (factory) => loop().createUnixServer(factory, name),
    () => loop().createUnixConnection(recorder, name),
  );
});

eachLoop("the servers of streams are Servers", async (t) => {
  await t.run(async () => {
    await checkServer(await asyncio.startServer(() => {}, "127.0.0.1", 0));
    await checkServer(await asyncio.startUnixServer(() => {}, path.join(folderOf(t), "socket")));
  });
});

eachLoop(
  "a server on a socket that it was given is a Server",
  async (t) => {
    await t.run(async () => {
      const sock = new asyncio.Socket("IPv4", "stream");
      sock.bind({ address: "127.0.0.1", port: 0 });
      await checkServer(await loop().createServer(recorder, null, null, { sock }));
    });
  },
  { skip: uvSkipped },
);

eachLoop("a transport over a Duplex is a Transport", async (t) => {
  await t.run(async () => {
    const [near] = duplexPair();
    const [transport, protocol] = await asyncio.fromDuplex(near, recorder);
    assert.deepEqual(kindsOf(transport), BOTH_WAYS);
    transport.abort();
    await protocol.lost;
  });
});

eachLoop("the ends of a pipe go in one direction", async (t) => {
  const name = makeFifo(t);
  const reading = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  const writing = openSync(name, constants.O_WRONLY | constants.O_NONBLOCK);
  await t.run(async () => {
    const [from, reader] = await loop().connectReadPipe(recorder, reading);
    const [to, writer] = await loop().connectWritePipe(recorder, writing);
    assert.deepEqual(kindsOf(from), ["BaseTransport", "ReadTransport"]);
    assert.deepEqual(kindsOf(to), ["BaseTransport", "WriteTransport"]);
    to.close();
    await Promise.all([reader.lost, writer.lost]);
  });
});

eachLoop("a process is a SubprocessTransport, its pipes go in one direction", async (t) => {
  await t.run(async () => {
    const ended = loop().createFuture<void>();
    class Ended extends asyncio.SubprocessProtocol {
      override connectionLost(): void {
        ended.setResult();
      }
    }
    const [process] = await loop().subprocessExec(() => new Ended(), "cat");
    assert.deepEqual(kindsOf(process), ["BaseTransport", "SubprocessTransport"]);
    assert.deepEqual(kindsOf(process.getPipeTransport(0)), ["BaseTransport", "WriteTransport"]);
    assert.deepEqual(kindsOf(process.getPipeTransport(1)), ["BaseTransport", "ReadTransport"]);
    process.getPipeTransport(0)!.close();
    await ended;
  });
});

eachLoop("an endpoint of datagrams is a DatagramTransport", async (t) => {
  await t.run(async () => {
    const lost = loop().createFuture<void>();
    class Endpoint extends asyncio.DatagramProtocol {
      override connectionLost(): void {
        lost.setResult();
      }
    }
    const [transport] = await loop().createDatagramEndpoint(() => new Endpoint(), { localAddr: { address: "127.0.0.1", port: 0 } });
    assert.deepEqual(kindsOf(transport), ["BaseTransport", "DatagramTransport"]);
    transport.close();
    await lost;
  });
});

eachLoop("what a StreamWriter writes to a Writable by is a WriteTransport", async (t) => {
  await t.run(async () => {
    const writer = asyncio.StreamWriter.from(new Writable({ write: (_chunk, _encoding, done) => done() }));
    assert.deepEqual(kindsOf(writer.transport), ["BaseTransport", "WriteTransport"]);
    writer.close();
    await writer.waitClosed();
  });
});

test("the abstract classes are bases; what a subclass does not say is a NotImplementedError", async () => {
  class Reading extends asyncio.ReadTransport {}
  class Writing extends asyncio.WriteTransport {}
  class Both extends asyncio.Transport {
    override isReading(): boolean {
      return true;
    }
  }
  class Listening extends asyncio.AbstractServer {
    closed = 0;
    override close(): void {
      this.closed++;
    }
  }
  const [reading, writing, both, listening] = [new Reading(), new Writing(), new Both(), new Listening()];
  assert.deepEqual(kindsOf(reading), ["BaseTransport", "ReadTransport"]);
  assert.deepEqual(kindsOf(writing), ["BaseTransport", "WriteTransport"]);
  assert.deepEqual(kindsOf(both), BOTH_WAYS);
  assert.equal(both instanceof Both, true);
  assert.equal(both instanceof Reading || both instanceof Writing || reading instanceof Both, false);
  assert.equal(both.isReading(), true);
  for (const call of [() => reading.pauseReading(), () => writing.write(""), () => both.resumeReading(), () => both.write("")]) {
    assert.throws(call, asyncio.NotImplementedError);
  }
  assert.throws(() => both.resumeReading(), { message: "Both does not support resumeReading()" });
  assert.deepEqual([null, undefined, 1, {}, () => {}].flatMap(kindsOf), []);

  assert.ok(listening instanceof asyncio.AbstractServer);
  assert.equal(listening instanceof asyncio.Server, false);
  assert.throws(() => listening.isServing(), asyncio.NotImplementedError);
  await assert.rejects(
    asyncio.run(async () => await asyncio.asyncWith(listening, async () => {})),
    asyncio.NotImplementedError,
  );
  assert.equal(listening.closed, 1);
});

test("writelines of the base class joins the items and writes once", () => {
  const written: unknown[] = [];
  class Own extends Transport {
    override write(data: Uint8Array | string): void {
      written.push(data);
    }
  }
  const transport = new (Own as unknown as new () => asyncio.Transport)();
  transport.writelines([Buffer.from("ab"), new Uint8Array([99]), "d\u00e9"]);
  transport.writelines([]);
  assert.deepEqual(written, [Buffer.from("abcd\u00e9"), Buffer.alloc(0)]);
  assert.throws(() => transport.writelines(5 as never), TypeError);
  assert.throws(() => transport.writelines([5] as never), TypeError);
});
