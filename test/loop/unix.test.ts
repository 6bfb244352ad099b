/** Unix sockets, on both loops. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import * as asyncio from "uvio";
import { Echo, HalfOpenRecorder, pattern, Recorder } from "../support/protocols.js";
import { eachLoop, type LoopTest } from "../support/loops.js";

const isLinux = process.platform === "linux";

function folder(t: LoopTest): string {
  const made = mkdtempSync(path.join(tmpdir(), "uvio-unix-"));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
}

/** A socket file whose server has gone without removing it. */
async function makeStale(name: string): Promise<void> {
  const spare = `${name}.spare`;
  const server = createServer().listen(spare);
  await once(server, "listening");
  const { linkSync } = await import("node:fs");
  linkSync(spare, name);
  server.close();
  await once(server, "close");
}

eachLoop("an echo over a Unix socket goes both ways, and both ends know their names", async (t) => {
  const name = path.join(folder(t), "echo");
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    let peer: Echo | undefined;
    const server = await loop.createUnixServer(() => (peer = new Echo()), name);
    assert.equal(server.sockets[0]!.getsockname(), name);
    const [transport, client] = await loop.createUnixConnection(() => new Recorder(), name);
    const sent = pattern(300_000);
    transport.write(sent);
    await client.received(sent.length);
    assert.deepEqual(client.data(), sent);
    assert.equal(transport.getExtraInfo("peername"), name);
    assert.equal(transport.getExtraInfo("sockname"), "");
    assert.equal(peer!.transport.getExtraInfo("sockname"), name);
    assert.equal(peer!.transport.getExtraInfo("peername"), "");
    transport.close();
    assert.equal(await client.lost, null);
    await peer!.lost;
    server.close();
    await server.waitClosed();
    assert.deepEqual(peer!.events, ["made", "data", "eof", "lost"]);
  });
  assert.equal(existsSync(name), false);
});

eachLoop("a Unix connection can be half-closed", async (t) => {
  const name = path.join(folder(t), "half");
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    let peer: HalfOpenRecorder | undefined;
    const server = await loop.createUnixServer(() => (peer = new HalfOpenRecorder()), name);
    const [transport, client] = await loop.createUnixConnection(() => new Recorder(), name);
    transport.write("question");
    transport.writeEof();
    while (peer === undefined) await asyncio.sleep(0.0005);
    await peer.ended;
    assert.equal(peer.data().toString(), "question");
    peer.transport.write("answer");
    peer.transport.close();
    await client.lost;
    assert.equal(client.data().toString(), "answer");
    server.close();
    await server.waitClosed();
  });
});

eachLoop("a path may be a file: URL", async (t) => {
  const name = path.join(folder(t), "url");
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const server = await loop.createUnixServer(() => new Recorder(), pathToFileURL(name));
    assert.equal(server.sockets[0]!.getsockname(), name);
    const [transport, client] = await loop.createUnixConnection(() => new Recorder(), pathToFileURL(name));
    transport.close();
    await client.lost;
    server.close();
    await server.waitClosed();
  });
});

if (isLinux) {
  eachLoop("an abstract name needs no file", async (t) => {
    const name = `\0uvio-test-${process.pid}-${t.kind}`;
    await t.run(async () => {
      const loop = asyncio.getEventLoop();
      const server = await loop.createUnixServer(() => new Echo(), name);
      assert.equal(server.sockets[0]!.getsockname(), name);
      const [transport, client] = await loop.createUnixConnection(() => new Recorder(), name);
      assert.equal(transport.getExtraInfo("peername"), name);
      transport.write("hello");
      await client.received(5);
      transport.close();
      await client.lost;
      server.close();
      await server.waitClosed();
      await assert.rejects(async () => loop.createUnixConnection(() => new Recorder(), name), { code: "ECONNREFUSED" });
    });
  });
}

eachLoop("a stale socket file is replaced", async (t) => {
  const name = path.join(folder(t), "stale");
  await makeStale(name);
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    await assert.rejects(async () => loop.createUnixConnection(() => new Recorder(), name), { code: "ECONNREFUSED" });
    const server = await loop.createUnixServer(() => new Recorder(), name);
    const [transport, client] = await loop.createUnixConnection(() => new Recorder(), name);
    transport.close();
    await client.lost;
    server.close();
    await server.waitClosed();
  });
});

eachLoop("a file that is no socket is left alone, and refuses the server", async (t) => {
  const name = path.join(folder(t), "file");
  writeFileSync(name, "precious");
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const expected = { code: "EADDRINUSE", syscall: "listen", address: name, path: name };
    await assert.rejects(
      async () => loop.createUnixServer(() => new Recorder(), name),
      (error: NodeJS.ErrnoException) => {
        assert.deepEqual({ ...pick(error) }, expected);
        assert.equal("port" in error, false);
        return true;
      },
    );
  });
  assert.equal(statSync(name).size, 8);
});

eachLoop("what cannot be connected to says so, with code, syscall, address and path", async (t) => {
  const name = path.join(folder(t), "nobody");
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    await assert.rejects(
      async () => loop.createUnixConnection(() => new Recorder(), name),
      (error: NodeJS.ErrnoException) => {
        assert.deepEqual(pick(error), { code: "ENOENT", syscall: "connect", address: name, path: name });
        return true;
      },
    );
    await assert.rejects(async () => loop.createUnixServer(() => new Recorder(), path.join(name, "deeper")), /EACCES|ENOENT/);
  });
});

function pick(error: NodeJS.ErrnoException): object {
  const { code, syscall, address, path } = error as NodeJS.ErrnoException & { address?: string };
  return { code, syscall, address, path };
}

eachLoop("a path that is too long is refused, not cut", async (t) => {
  const name = path.join(folder(t), "x".repeat(200));
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    await assert.rejects(async () => loop.createUnixServer(() => new Recorder(), name), { code: "ENAMETOOLONG", path: name });
    await assert.rejects(async () => loop.createUnixConnection(() => new Recorder(), name), { code: "ENAMETOOLONG", path: name });
  });
});

eachLoop("closing leaves a file that somebody else has put there", async (t) => {
  const name = path.join(folder(t), "replaced");
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const first = await loop.createUnixServer(() => new Recorder(), name);
    const second = await loop.createUnixServer(() => new Recorder(), name);
    const { ino } = statSync(name);
    first.close();
    await first.waitClosed();
    assert.equal(statSync(name).ino, ino);
    const [transport, client] = await loop.createUnixConnection(() => new Recorder(), name);
    transport.close();
    await client.lost;
    second.close();
    await second.waitClosed();
    assert.equal(existsSync(name), false);
  });
});

eachLoop("closing a server whose file has gone is no error", async (t) => {
  const name = path.join(folder(t), "gone");
  await t.run(async () => {
    const server = await asyncio.getEventLoop().createUnixServer(() => new Recorder(), name);
    rmSync(name);
    server.close();
    await server.waitClosed();
  });
});

eachLoop("with cleanupSocket false the file stays", async (t) => {
  const name = path.join(folder(t), "kept");
  await t.run(async () => {
    const server = await asyncio.getEventLoop().createUnixServer(() => new Recorder(), name, { cleanupSocket: false });
    server.close();
    await server.waitClosed();
    assert.equal(statSync(name).isSocket(), true);
  });
});

eachLoop("a Unix server that is not serving yet gets its connections when it begins to", async (t) => {
  const name = path.join(folder(t), "later");
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    let peer: Recorder | undefined;
    const server = await loop.createUnixServer(() => (peer = new Recorder()), name, { startServing: false });
    assert.equal(server.isServing(), false);
    if (t.kind === "uv") {
      await assert.rejects(async () => loop.createUnixConnection(() => new Recorder(), name), { code: "ECONNREFUSED" });
    }
    assert.equal(peer, undefined);
    await server.startServing();
    assert.equal(server.isServing(), true);
    const [transport, client] = await loop.createUnixConnection(() => new Recorder(), name);
    while (peer === undefined) await asyncio.sleep(0.0005);
    transport.close();
    await client.lost;
    server.close();
    await server.waitClosed();
  });
});

eachLoop("streams run over Unix sockets, against any peer", async (t) => {
  const name = path.join(folder(t), "streams");
  await t.run(async () => {
    const server = await asyncio.startUnixServer(async (reader, writer) => {
      for await (const line of reader) writer.write(line.toString().toUpperCase());
      writer.close();
    }, name);
    const [reader, writer] = await asyncio.openUnixConnection(name);
    writer.write("one\ntwo\n");
    writer.writeEof();
    assert.equal((await reader.read()).toString(), "ONE\nTWO\n");
    writer.close();
    await writer.waitClosed();
    const plain = connect(name);
    plain.end("three\n");
    const [answer] = (await asyncio.wrapFuture(once(plain, "data"))) as [Buffer];
    assert.equal(answer.toString(), "THREE\n");
    server.close();
    await server.waitClosed();
  });
});

eachLoop("wrong arguments are refused before anything is opened", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const factory = (): Recorder => new Recorder();
    assert.throws(() => loop.createUnixServer(factory, 5 as unknown as string), /TypeError: path must be a string or a file: URL, got 5/);
    assert.throws(() => loop.createUnixServer(factory, ""), asyncio.ValueError);
    assert.throws(() => loop.createUnixServer(factory, "a\0b"), asyncio.ValueError);
    assert.throws(() => loop.createUnixConnection(null as unknown as () => Recorder, "/x"), /TypeError: factory must be a function/);
    assert.throws(() => loop.createUnixServer(factory, "/x", { backlog: 1.5 }), /TypeError: backlog/);
    assert.throws(() => asyncio.startUnixServer(null as never, "/x"), TypeError);
  });
});

eachLoop("a cancelled Unix connection leaves nothing behind", async (t) => {
  const name = path.join(folder(t), "cancelled");
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const server = await loop.createUnixServer(() => new Recorder(), name);
    const task = asyncio.createTask(() => loop.createUnixConnection(() => new Recorder(), name));
    await asyncio.sleep(0);
    task.cancel();
    await assert.rejects(async () => task, asyncio.CancelledError);
    server.close();
    server.abortClients();
    await server.waitClosed();
  });
});
