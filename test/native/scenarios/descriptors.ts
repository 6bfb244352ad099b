/** File descriptors: whose they are, and what happens when there are none left. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { echoOnce } from "../support/clients.js";
import { uv } from "../support/errno.js";
import { costOf } from "../support/metrics.js";
import { RawLoop, untilNothingIsLeft, type Name } from "../support/raw-loop.js";

function openDescriptors(): string[] {
  return readdirSync("/proc/self/fd");
}

/** Every descriptor is gone when its handle is, and none is inherited by child processes. */
export async function closeAll(): Promise<void> {
  // The first handles make libuv open a spare descriptor, which it keeps.
  const first = new RawLoop();
  first.listen();
  first.native.close();
  await untilNothingIsLeft();
  const before = openDescriptors();
  const loop = new RawLoop();
  const { name, port } = loop.listen();
  await echoOnce(port, 1000);
  const connection = loop.connect(port);
  const O_CLOEXEC = 0o2000000;
  for (const handle of [name, connection] as Name[]) {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${loop.native.fileno(...handle)}`, "utf8"))![1]!;
    assert.notEqual(parseInt(flags, 8) & O_CLOEXEC, 0, "closed in child processes");
  }
  loop.native.close();
  assert.equal(loop.native.fileno(...name), uv("EBADF"));
  await untilNothingIsLeft();
  // The client of the echo above may be closing still.
  while (openDescriptors().length > before.length) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(openDescriptors(), before);
}

/** A descriptor has one owner, whichever loop asks: the poll of a second one would be left without it. */
export async function adoptTwice(): Promise<void> {
  const [loop, other] = [new RawLoop(), new RawLoop()];
  const { name, port } = loop.listen();
  const connection = loop.connect(port);
  await loop.until(() => loop.accepted.length === 1);
  const poll = loop.native.openPoll(loop.native.fileno(...connection));
  const owners = [connection, loop.accepted[0]!, [poll, loop.native.generation(poll)]] as Name[];
  for (const native of [loop.native, other.native]) {
    for (const handle of owners) assert.equal(native.adoptStream(loop.native.fileno(...handle)), uv("EEXIST"));
    assert.equal(native.adoptListener(loop.native.fileno(...name)), uv("EEXIST"));
  }
  await echoOnce(port, 1000);
  loop.native.close();
  other.native.close();
  await untilNothingIsLeft();
}

/** Without free descriptors a listener reports that once and pauses. Clients that connect until then are accepted afterwards. */
export async function runOut(): Promise<void> {
  const errors: number[] = [];
  const loop = new RawLoop({ acceptError: (status) => errors.push(status) });
  const { name, port } = loop.listen();
  await echoOnce(port, 10); // node:net has loaded what it needs.
  const taken: number[] = [];
  assert.throws(
    () => {
      for (;;) taken.push(openSync("/dev/null", "r"));
    },
    { code: "EMFILE" },
  );
  closeSync(taken.pop()!); // For the client; the server has none.
  const client = connect(port, "127.0.0.1");
  await once(client, "connect"); // By the kernel.
  await loop.until(() => errors.length > 0);
  const { cpuMs, loops } = await costOf(200);
  assert.ok(cpuMs < 100 && !(loops > 20), `${cpuMs} ms of CPU, ${loops} loops while no connection can be accepted`);
  assert.deepEqual(errors, [uv("EMFILE")]);
  assert.deepEqual(loop.accepted, []);
  for (const fd of taken) closeSync(fd);
  assert.equal(loop.native.permitConnections(...name, -1), 0);
  client.end("late");
  const [data] = (await once(client, "data")) as [Buffer];
  assert.equal(data.toString(), "late");
  await echoOnce(port, 1000);
  loop.native.close();
  await untilNothingIsLeft();
}
