/** Protocols over Duplexes that uvio did not make. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { Duplex, duplexPair, PassThrough } from "node:stream";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { Echo, HalfOpenRecorder, pattern, Recorder } from "../support/protocols.js";
import { rawServer, readAll } from "../support/raw.js";

eachLoop("a protocol runs over any Duplex, in asyncio's order", async (t) => {
  await t.run(async () => {
    const [near, far] = duplexPair();
    const [transport, client] = await asyncio.fromDuplex(near, () => new Recorder());
    const [, peer] = await asyncio.fromDuplex(far, () => new Echo());
    const sent = pattern(1_000_000);
    transport.write(sent);
    await client.received(sent.length);
    assert.ok(client.data().equals(sent));
    transport.writeEof();
    assert.equal(await peer.lost, null);
    assert.equal(await client.lost, null);
    assert.deepEqual(
      [client, peer].map(({ events }) => events.filter((event) => !event.endsWith("Writing"))),
      [
        ["made", "data", "eof", "lost"],
        ["made", "data", "eof", "lost"],
      ],
    );
    assert.ok(near.destroyed && far.destroyed);
  });
});

eachLoop("a Duplex that does not drain pauses writing, and resumes it when it does", async (t) => {
  await t.run(async () => {
    const release: (() => void)[] = [];
    const slow = new Duplex({
      read: () => {},
      write: (_chunk, _encoding, done) => void release.push(done),
    });
    const [transport, client] = await asyncio.fromDuplex(slow, () => new Recorder());
    transport.write(pattern(40_000));
    assert.equal(transport.getWriteBufferSize(), 40_000);
    transport.write(pattern(40_000));
    assert.deepEqual(client.events, ["made", "pauseWriting"]);
    while (release.length > 0 || transport.getWriteBufferSize() > 0) {
      release.shift()?.();
      await asyncio.sleep(0);
    }
    while (!client.events.includes("resumeWriting")) await asyncio.sleep(0);
    transport.close();
    assert.equal(await client.lost, null);
  });
});

eachLoop("what has left is told though reading is paused and data waits", async (t) => {
  await t.run(async () => {
    const release: (() => void)[] = [];
    const duplex = new Duplex({
      read: () => {},
      write: (_chunk, _encoding, done) => void release.push(done),
    });
    const [transport, client] = await asyncio.fromDuplex(duplex, () => new Recorder());
    duplex.push("data");
    transport.write(pattern(100_000));
    transport.pauseReading();
    assert.equal(client.events.at(-1), "pauseWriting");
    release[0]!();
    while (!client.events.includes("resumeWriting")) await asyncio.sleep(0);
    transport.resumeReading();
    await client.received(4);
    transport.abort();
    await client.lost;
  });
});

eachLoop("an error of the Duplex is what the connection is lost to", async (t) => {
  await t.run(async () => {
    for (const paused of [false, true]) {
      const broken = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done(new Error("broken")) });
      const [transport, client] = await asyncio.fromDuplex(broken, () => new Recorder());
      if (paused) transport.pauseReading();
      transport.write("x");
      assert.match(String(await client.lost), /broken/);
    }
    const refused = connect({ port: 1, host: "127.0.0.1" });
    const [, unconnected] = await asyncio.fromDuplex(refused, () => new Recorder());
    assert.equal(((await unconnected.lost) as NodeJS.ErrnoException).code, "ECONNREFUSED");
  });
});

eachLoop("a Duplex that somebody destroys is a connection that has ended", async (t) => {
  await t.run(async () => {
    const [near] = duplexPair();
    const [transport, client] = await asyncio.fromDuplex(near, () => new Recorder());
    near.destroy();
    assert.equal(await client.lost, null);
    assert.equal(transport.isClosing(), true);
    assert.deepEqual(client.events, ["made", "lost"]);
  });
});

eachLoop("close() sends what is buffered and the end, and drops what still comes", async (t) => {
  await t.run(async () => {
    const [near, far] = duplexPair();
    const [transport, client] = await asyncio.fromDuplex(near, () => new Recorder());
    const sent = pattern(300_000);
    transport.write(sent);
    transport.close();
    transport.write("not any more");
    assert.equal(client.events.includes("lost"), false);
    far.write(pattern(300_000, 1));
    const received: Buffer[] = [];
    for await (const data of far as AsyncIterable<Buffer>) received.push(data);
    assert.ok(Buffer.concat(received).equals(sent));
    assert.equal(await client.lost, null);
    assert.equal(client.length, 0);
    assert.equal(near.destroyed, true);
  });
});

eachLoop("abort() destroys the Duplex, and nobody hears of its errors afterwards", async (t) => {
  await t.run(async () => {
    const never = new Duplex({ read: () => {}, write: () => {}, destroy: (_error, done) => done(new Error("too late")) });
    const [transport, client] = await asyncio.fromDuplex(never, () => new Recorder());
    transport.write("x");
    const errors = once(never, "error");
    transport.abort();
    assert.equal(await client.lost, null);
    assert.match(String(await asyncio.wrapFuture(errors)), /too late/);
    assert.deepEqual(client.events, ["made", "lost"]);
  });
});

eachLoop("closing the loop destroys the Duplex", async (t) => {
  const [near] = duplexPair();
  await t.run(async () => void (await asyncio.fromDuplex(near, () => new Recorder())));
  assert.equal(near.destroyed, true);
});

eachLoop("a socket of Node's, half closed on both sides in turn", async (t) => {
  await t.run(async () => {
    const raw = await rawServer();
    const socket = connect({ port: raw.port, host: "127.0.0.1" });
    const [transport, client] = await asyncio.fromDuplex(socket, () => new HalfOpenRecorder());
    const peer = await asyncio.wrapFuture(raw.accept());
    assert.deepEqual(transport.getExtraInfo("peername"), { address: "127.0.0.1", port: raw.port, family: "IPv4" });
    assert.deepEqual(transport.getExtraInfo("sockname"), { address: "127.0.0.1", port: socket.localPort, family: "IPv4" });
    transport.write("question");
    transport.writeEof();
    assert.equal(String(await asyncio.wrapFuture(readAll(peer))), "question");
    peer.end("answer");
    await client.ended;
    assert.equal(client.data().toString(), "answer");
    transport.close();
    assert.equal(await client.lost, null);
    await raw.close();
  });
});

eachLoop("a child's pipes", async (t) => {
  await t.run(async () => {
    const child = spawn("cat", { stdio: ["pipe", "pipe", "inherit"] });
    const exited = once(child, "exit");
    const duplex = Duplex.from({ writable: child.stdin, readable: child.stdout });
    const [transport, client] = await asyncio.fromDuplex(duplex, () => new HalfOpenRecorder());
    const sent = pattern(300_000);
    transport.write(sent);
    transport.writeEof();
    await client.ended;
    assert.ok(client.data().equals(sent));
    transport.close();
    assert.equal(await client.lost, null);
    assert.deepEqual(await asyncio.wrapFuture(exited), [0, null]);
  });
});

eachLoop("what is no Duplex of bytes is refused", async (t) => {
  await t.run(async () => {
    const make = (): Recorder => new Recorder();
    for (const wrong of [null, {}, process]) assert.throws(() => asyncio.fromDuplex(wrong as never, make), TypeError);
    assert.throws(() => asyncio.fromDuplex(new PassThrough({ objectMode: true }), make), asyncio.ValueError);
    assert.throws(() => asyncio.fromDuplex(new PassThrough({ encoding: "utf8" }), make), asyncio.ValueError);
    assert.throws(() => asyncio.fromDuplex(new PassThrough().destroy(), make), asyncio.ValueError);
    assert.throws(() => asyncio.fromDuplex(new PassThrough().end(), make), asyncio.ValueError);
    assert.throws(() => asyncio.fromDuplex(new PassThrough(), null as never), TypeError);
    const duplex = new PassThrough();
    await assert.rejects(async () => asyncio.fromDuplex(duplex, () => null as never), TypeError);
    assert.equal(duplex.destroyed, true);
  });
});
