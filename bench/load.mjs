// The load generator for machines without a C compiler: load.c's closed loop and its output, on node:net. It uses more CPU than most
// servers that it drives, so its requests per second are a lower bound. The server's CPU per message is correct anyway. Supports the modes
// echo and lines.
import net from "node:net";
import tls from "node:tls";
import { parseArgs } from "node:util";
import { readCpu } from "./server-cpu.mjs";

const STALL_MS = 10_000;
/** A prime; load.c has the reason. */
const PERIOD = 251;

function fail(message) {
  process.stderr.write(`load: ${message}\n`);
  process.exit(1);
}

const { values } = parseArgs({
  options: {
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string" },
    connections: { type: "string", short: "c", default: "50" },
    size: { type: "string", short: "s" },
    inflight: { type: "string", default: "1" },
    duration: { type: "string", default: "5" },
    warmup: { type: "string", default: "1" },
    pid: { type: "string" },
    mode: { type: "string", default: "echo" },
    tls: { type: "boolean", default: false },
  },
});
const { mode, host } = values;
if (mode !== "echo" && mode !== "lines") fail(`mode ${mode} requires load.c`);
if (values.port === undefined) fail("--port is missing");
const size = Number(values.size ?? (mode === "lines" ? 64 : 1024));
const inflight = Number(values.inflight);
const connectionCount = Number(values.connections);

const unit = mode === "lines" ? size : 1;
const period = PERIOD * unit;
const reach = Math.max(size * inflight, 1024 * 1024);
const pattern = Buffer.alloc(period + reach);
for (let i = 0; i < pattern.length; i++) {
  const position = i % period;
  if (mode === "echo") pattern[i] = position;
  else if (position % size === size - 1) pattern[i] = 10;
  else pattern[i] = 97 + ((Math.floor(position / size) * 7 + (position % size)) % 26);
}

const latencies = [];
let messages = 0;
let issuing = true;
let measuring = false;
let lastProgress = performance.now();

class Connection {
  constructor(id) {
    this.id = id;
    this.phase = (id * 7 * unit) % period;
    this.sent = 0;
    this.received = 0;
    this.issued = 0;
    this.completed = 0;
    this.issuedAt = new Float64Array(inflight);
  }

  open() {
    return new Promise((resolve) => {
      const to = { host, port: Number(values.port), noDelay: true };
      // The server's certificate is self-signed.
      this.socket = values.tls ? tls.connect({ ...to, rejectUnauthorized: false }, resolve) : net.connect(to, resolve);
      this.socket.setNoDelay(true);
      this.socket.on("error", (error) => fail(`connection ${this.id}: ${error.message}`));
      this.socket.on("end", () => fail(`connection ${this.id}: the server closed it`));
      this.socket.on("data", (data) => this.onData(data));
    });
  }

  issue(now) {
    while (this.issued - this.completed < inflight) this.issuedAt[this.issued++ % inflight] = now;
    const wanted = this.issued * size;
    if (wanted === this.sent) return;
    const start = (this.phase + this.sent) % period;
    this.socket.write(pattern.subarray(start, start + wanted - this.sent));
    this.sent = wanted;
  }

  onData(data) {
    if (this.received + data.length > this.sent) fail(`connection ${this.id}: more bytes came back than were sent`);
    const start = (this.phase + this.received) % period;
    if (!data.equals(pattern.subarray(start, start + data.length))) {
      fail(`connection ${this.id}: wrong bytes near ${this.received} of the stream`);
    }
    this.received += data.length;
    const completed = Math.floor(this.received / size);
    const now = performance.now();
    lastProgress = now;
    for (; this.completed < completed; this.completed++) {
      if (!measuring) continue;
      messages++;
      latencies.push(now - this.issuedAt[this.completed % inflight]);
    }
    if (issuing) this.issue(now);
  }
}

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const connections = Array.from({ length: connectionCount }, (_, id) => new Connection(id));
for (const connection of connections) await connection.open();
const watchdog = setInterval(() => {
  if (performance.now() - lastProgress > STALL_MS) fail(`no byte came back for ${STALL_MS / 1000} seconds`);
}, 500);
for (const connection of connections) connection.issue(performance.now());
await sleep(Number(values.warmup));

const before = values.pid === undefined ? null : readCpu(values.pid);
const ownBefore = process.cpuUsage();
const start = performance.now();
measuring = true;
await sleep(Number(values.duration));
measuring = false;
const seconds = (performance.now() - start) / 1000;
const own = process.cpuUsage(ownBefore);
const after = values.pid === undefined ? null : readCpu(values.pid);

issuing = false;
const deadline = performance.now() + STALL_MS;
while (connections.some((c) => c.completed < c.issued)) {
  if (performance.now() > deadline) fail("some messages were never echoed");
  await sleep(0.01);
}
clearInterval(watchdog);
if (messages === 0) fail(`not one whole message came back in ${seconds.toFixed(2)} seconds`);
for (const connection of connections) connection.socket.removeAllListeners("end").destroy();

latencies.sort((a, b) => a - b);
const percentile = (p) => latencies[Math.min(latencies.length - 1, Math.floor((latencies.length * p) / 100))] * 1000;
const ownSeconds = (own.user + own.system) / 1e6;
const result = {
  generator: "load.mjs",
  mode,
  connections: connectionCount,
  messageBytes: size,
  inflight,
  seconds,
  messages,
  rps: messages / seconds,
  latencyMicros: {
    p50: percentile(50),
    p90: percentile(90),
    p99: percentile(99),
    p99_9: percentile(99.9),
    max: latencies[latencies.length - 1] * 1000,
  },
  client: { cpuSeconds: ownSeconds, busy: ownSeconds / seconds },
};
if (before !== null && after !== null) {
  const ticks = after.user - before.user + after.system - before.system;
  const exact = after.exact - before.exact;
  const useExact = exact > 0 && exact >= ticks - 0.05 - ticks * 0.02;
  const cpuSeconds = useExact ? exact : ticks;
  const userShare = ticks > 0 ? (after.user - before.user) / ticks : 0;
  const perMessage = (cpuSeconds * 1e6) / messages;
  result.server = {
    cpuSeconds,
    userSeconds: cpuSeconds * userShare,
    systemSeconds: cpuSeconds * (1 - userShare),
    cpuSource: useExact ? "schedstat" : "stat",
    cpuMicrosPerMessage: perMessage,
    userMicrosPerMessage: perMessage * userShare,
    systemMicrosPerMessage: perMessage * (1 - userShare),
    rssBytes: after.rssBytes,
  };
}
console.log(JSON.stringify(result));
