/** loop.sendfile() and loop.sockSendfile(). */
import assert from "node:assert/strict";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import * as asyncio from "uvio";
import { folderOf } from "../support/descriptors.js";
import { eachLoop, onLoop, uvSkipped, type LoopTest } from "../support/loops.js";
import { connectPair, pattern, Recorder, type Pair } from "../support/protocols.js";
import { on, SPELLINGS, Writer } from "../support/spellings.js";
import { pair } from "./support.js";

const CONTENT = pattern(3_000_000);

/** A file with CONTENT, open for reading. */
function file(t: LoopTest): number {
  const name = path.join(folderOf(t), "file");
  writeFileSync(name, CONTENT);
  const fd = openSync(name, "r");
  t.after(() => closeSync(fd));
  return fd;
}

interface Sending {
  loop: asyncio.EventLoop;
  /** The descriptor of a file that holds CONTENT. */
  fd: number;
  made: Pair<Recorder, Recorder>;
}

type Register = (name: string, body: (t: LoopTest) => Promise<void>) => void;

/** A test with a file and a connection, which it leaves open. */
function sendfileTest(name: string, body: (sending: Sending) => Promise<void>, register: Register = eachLoop): void {
  register(name, async (t) => {
    const fd = file(t);
    await t.run(async () => {
      const made = await recorders();
      await body({ loop: asyncio.getRunningLoop(), fd, made });
      await end(made);
    });
  });
}

async function recorders(): Promise<Pair<Recorder, Recorder>> {
  return await connectPair(
    () => new Recorder(),
    () => new Recorder(),
  );
}

/** Ends what connectPair has made. */
async function end({ transport, client, peer, server }: Pair<Recorder, Recorder>): Promise<void> {
  transport.close();
  await client.lost;
  await peer.lost;
  server.close();
  await server.waitClosed();
}

for (const spelling of SPELLINGS) {
  const writer = new Writer(spelling);
  sendfileTest(`a file goes over a transport, between what is written before and after, ${spelling}`, async ({ fd, made }) => {
    const send = writer.fn(function* send(transport: asyncio.Transport) {
      transport.write("before ");
      const sent = yield* on(asyncio.getRunningLoop().sendfile(transport, fd));
      transport.write(" after");
      return sent;
    });
    assert.equal(await asyncio.createTask(send.lazy(made.transport)), CONTENT.length);
    const expected = Buffer.concat([Buffer.from("before "), CONTENT, Buffer.from(" after")]);
    await made.peer.received(expected.length);
    assert.ok(made.peer.data().equals(expected));
    assert.equal(made.transport.isReading(), true);
  });
}

sendfileTest("a part of a file is sent, and no more than there is", async ({ loop, fd, made }) => {
  assert.equal(await loop.sendfile(made.transport, { fd }, 1000, 200_000), 200_000);
  assert.equal(await loop.sendfile(made.transport, fd, CONTENT.length - 10, 1000), 10);
  assert.equal(await loop.sendfile(made.transport, fd, CONTENT.length + 10), 0);
  await made.peer.received(200_010);
  assert.ok(made.peer.data().equals(Buffer.concat([CONTENT.subarray(1000, 201_000), CONTENT.subarray(-10)])));
});

sendfileTest("write is refused while a file is sent to a peer that does not read, and closing ends it", async ({ loop, fd, made }) => {
  made.peer.transport.pauseReading();
  const sending = asyncio.createTask(async () => {
    for (;;) await loop.sendfile(made.transport, fd); // Until no buffer takes any more.
  });
  while (made.transport.isReading()) await asyncio.sleep(0);
  assert.throws(() => made.transport.write("x"), { name: "RuntimeError", message: /sendfile is in progress/ });
  await assert.rejects(async () => await loop.sendfile(made.transport, fd), asyncio.RuntimeError);
  made.transport.abort();
  await assert.rejects(
    async () => await sending,
    (error: NodeJS.ErrnoException) => ["ECONNRESET", "EBADF"].includes(error.code ?? "") || error instanceof asyncio.RuntimeError,
  );
  made.peer.transport.abort();
});

sendfileTest("a cancelled sendfile leaves a connection that can be used", async ({ loop, fd, made }) => {
  made.peer.transport.pauseReading();
  const sending = asyncio.createTask(async () => {
    for (;;) await loop.sendfile(made.transport, fd);
  });
  for (let turns = 0; turns < 200; turns++) await asyncio.sleep(0);
  sending.cancel();
  await assert.rejects(async () => await sending, asyncio.CancelledError);
  assert.equal(made.transport.isReading(), true);
  made.peer.transport.write("to the client");
  await made.client.received(13);
  made.peer.transport.resumeReading();
  made.transport.write("the end");
  while (!made.peer.data().subarray(-7).equals(Buffer.from("the end"))) await asyncio.sleep(0.001);
});

eachLoop("wrong arguments are refused", async (t) => {
  const fd = file(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const made = await recorders();
    const { transport } = made;
    assert.throws(() => loop.sendfile(transport, fd, -1), asyncio.ValueError);
    assert.throws(() => loop.sendfile(transport, fd, 0, 0), asyncio.ValueError);
    assert.throws(() => loop.sendfile(transport, fd, 0.5), TypeError);
    assert.throws(() => loop.sendfile(transport, fd, 0, "1" as never), TypeError);
    assert.throws(() => loop.sendfile(transport, "path" as never), TypeError);
    await assert.rejects(async () => await loop.sendfile({} as never, fd), asyncio.RuntimeError);
    await end(made);
    await assert.rejects(async () => await loop.sendfile(transport, fd), { name: "RuntimeError", message: "Transport is closing" });
  });
});

sendfileTest(
  "without a fallback the portable loop has no sendfile",
  async ({ fd, made }) => {
    const call = async (): Promise<number> => await asyncio.getRunningLoop().sendfile(made.transport, fd, 0, null, { fallback: false });
    await assert.rejects(call, asyncio.SendfileNotAvailableError);
  },
  (name, body) => onLoop("node", name, body),
);

sendfileTest(
  "the native loop sends without a fallback, also from a FileHandle",
  async ({ loop, fd, made }) => {
    const handle = await open(`/proc/self/fd/${fd}`);
    assert.equal(await loop.sendfile(made.transport, handle, 0, null, { fallback: false }), CONTENT.length);
    await handle.close();
    await made.peer.received(CONTENT.length);
    assert.ok(made.peer.data().equals(CONTENT));
  },
  (name, body) => onLoop("uv", name, body),
);

onLoop("uv", "a file goes over a socket, and what is no file by the fallback alone", async (t) => {
  const fd = file(t);
  const [left, right] = pair(t);
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const sending = asyncio.createTask(async () => {
      const sent = await loop.sockSendfile(left, fd, 5);
      left.close();
      return sent;
    });
    const parts: Buffer[] = [];
    for (;;) {
      const data = await loop.sockRecv(right, 1_000_000);
      if (data.length === 0) break;
      parts.push(data);
    }
    assert.equal(await sending, CONTENT.length - 5);
    assert.ok(Buffer.concat(parts).equals(CONTENT.subarray(5)));
    const [one] = pair(t, "unix", "dgram");
    assert.throws(() => loop.sockSendfile(one, fd), asyncio.ValueError);
  });
});

eachLoop("the socket of a transport tells what it is, and is nobody's once closed", async (t) => {
  await t.run(async () => {
    const made = await recorders();
    const socket = made.transport.getExtraInfo("socket")!;
    assert.equal(socket.family, "IPv4");
    assert.equal(socket.type, "stream");
    assert.ok(socket.fileno() > 2);
    assert.deepEqual(socket.getsockname(), made.transport.getExtraInfo("sockname"));
    assert.deepEqual(socket.getpeername(), made.transport.getExtraInfo("peername"));
    if (uvSkipped === false) {
      assert.notEqual(socket.getsockopt("IPPROTO_TCP", "TCP_NODELAY"), 0);
      socket.setsockopt("SOL_SOCKET", "SO_KEEPALIVE", true);
      assert.equal(socket.getsockopt("SOL_SOCKET", "SO_KEEPALIVE"), 1);
      const linger = Buffer.alloc(8);
      linger.writeInt32LE(1);
      linger.writeInt32LE(3, 4);
      socket.setsockopt("SOL_SOCKET", "SO_LINGER", linger);
      assert.deepEqual(socket.getsockopt("SOL_SOCKET", "SO_LINGER", 100), linger);
      socket.setsockopt("SOL_SOCKET", "SO_LINGER", Buffer.alloc(8));
      assert.throws(() => socket.getsockopt("SOL_SOCKET", "SO_NOTHING"), asyncio.ValueError);
      assert.throws(() => socket.setsockopt("SOL_SOCKET", 9999, 1), { code: "ENOPROTOOPT", syscall: "setsockopt" });
    } else {
      assert.throws(() => socket.getsockopt("SOL_SOCKET", "SO_KEEPALIVE"), { name: "NotImplementedError", message: /native loop/ });
    }
    await end(made);
    assert.equal(socket.fileno(), -1);
  });
});
