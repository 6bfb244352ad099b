// The load of a soak, in a process of its own: plain node:net connections of every kind, at a fixed rate. Reads lines of ports from stdin, as
// the server opens and closes its loops; prints how many connections were opened when stdin ends. A wrong byte ends it with exit code 1.
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";

const perSecond = Number(process.argv[2]);
/** More are not opened before others have ended, so that a slow machine is not buried. */
const MOST_AT_ONCE = 400;
const STORM_EVERY_MS = 5000;
const STORM_SIZE = 200;

let ports: number[] = [];
let opened = 0;
let open = 0;

function start(port: number, body: (socket: Socket) => void): void {
  open++;
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true }, () => {
    opened++;
    body(socket);
  });
  socket.on("error", () => {}); // The loop was closed, or the connection is reset on purpose.
  socket.on("close", () => open--);
  socket.setTimeout(10_000, () => socket.destroy());
}

/** Sends bytes and checks those that come back. They may be fewer: the server may close its loop at any time. */
function echo(socket: Socket, size: number, then: () => void): void {
  const sent = Buffer.alloc(size, (opened % 255) + 1);
  let received = 0;
  socket.on("data", (data) => {
    const part = data.subarray(0, Math.max(0, size - received)); // Behind it comes "end".
    if (!part.every((byte) => byte === sent[0])) fail("a byte came back that was not sent");
    received += data.length;
    if (received - data.length < size && received >= size) then();
  });
  socket.on("end", () => socket.end());
  socket.write(sent);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const sizes = [1, 64, 1000, 20_000, 100_000];
const anySize = (): number => sizes[Math.floor(Math.random() * sizes.length)]!;

const KINDS: readonly ((echoPort: number, floodPort: number) => void)[] = [
  (port) => start(port, (socket) => echo(socket, anySize(), () => socket.end())),
  (port) => start(port, (socket) => echo(socket, anySize(), () => socket.destroy())),
  (port) => start(port, (socket) => echo(socket, anySize(), () => socket.resetAndDestroy())),
  (port) => start(port, (socket) => socket.resetAndDestroy()),
  // Half-closed: the end is sent before the answer has come.
  (port) =>
    start(port, (socket) => {
      echo(socket, anySize(), () => {});
      socket.end();
    }),
  // A slow reader: begins to read later, or never.
  (_, port) =>
    start(port, (socket) => {
      socket.pause();
      setTimeout(() => (Math.random() < 0.5 ? socket.resume().on("end", () => socket.end()) : socket.resetAndDestroy()), 500);
    }),
  // An idle one.
  (port) => start(port, (socket) => void setTimeout(() => socket.end().resume(), 300)),
];

function one(): void {
  KINDS[Math.floor(Math.random() * KINDS.length)]!(ports[Math.floor(Math.random() * 2)]!, ports[2]!);
}

let tickedAt = performance.now();
let due = 0;
const ticks = setInterval(() => {
  const now = performance.now();
  due += ((now - tickedAt) * perSecond) / 1000;
  tickedAt = now;
  for (; due >= 1 && ports.length > 0 && open < MOST_AT_ONCE; due--) one(); // The others are opened when there is time.
}, 10);
const storms = setInterval(() => {
  for (let i = 0; i < STORM_SIZE && ports.length > 0; i++) {
    start(ports[i % 2]!, (socket) => {
      socket.write("storm");
      socket.resetAndDestroy();
    });
  }
}, STORM_EVERY_MS);

createInterface(process.stdin)
  .on("line", (line) => (ports = JSON.parse(line) as number[]))
  .on("close", () => {
    clearInterval(ticks);
    clearInterval(storms);
    process.stdout.write(`${opened}\n`, () => process.exit(0));
  });
