// Many small clients beside what keeps the server busy: a flood (flood.mjs), or nothing from here. Each client connects, sends a line of 64
// bytes, and sends the next one 25 to 75 ms after the answer. All of it runs twice: the first time warms the server up. Prints the result as
// JSON.
import { spawn } from "node:child_process";
import net from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { readCpu } from "../server-cpu.mjs";

const { values } = parseArgs({
  options: {
    port: { type: "string" },
    pid: { type: "string" },
    duration: { type: "string", default: "3" },
    flood: { type: "boolean", default: false },
  },
});
const CLIENTS = 100;
const UNANSWERED_MS = 500;
const FLOOD_WARMUP_BYTES = 16 << 20;
const PATIENCE_MS = 20_000;
const WARMUP_SECONDS = 0.7;
const line = Buffer.from(`${"s".repeat(63)}\n`);
const port = Number(values.port);

function fail(message) {
  process.stderr.write(`clients: ${message}\n`);
  process.exit(1);
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Flood {
  constructor() {
    this.child = spawn(process.execPath, [path.join(import.meta.dirname, "flood.mjs"), String(port)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.child.on("exit", (code) => code !== null && code !== 0 && fail("the flood has failed"));
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async returned() {
    this.child.stdin.write("?\n");
    return Number((await this.lines.next()).value);
  }

  async warmUp() {
    const until = performance.now() + PATIENCE_MS;
    while ((await this.returned()) < FLOOD_WARMUP_BYTES) {
      if (performance.now() > until) fail("the flood's bytes do not come back");
      await sleep(20);
    }
  }
}

const latencies = [];
let running = true;

class Client {
  constructor() {
    this.askedAt = performance.now(); // The first answer includes the time until the connection is accepted.
    this.answered = 0;
    this.received = 0;
    this.longest = 0;
    this.socket = net.connect({ host: "127.0.0.1", port, noDelay: true }, () => this.socket.write(line));
    this.socket.on("error", (error) => running && fail(error.message));
    this.socket.on("end", () => running && fail("the server has closed a connection"));
    this.socket.on("data", (data) => this.onData(data));
  }

  onData(data) {
    for (const [i, byte] of data.entries()) if (byte !== line[(this.received + i) % line.length]) fail("a wrong byte has come back");
    this.received += data.length;
    if (this.received % line.length !== 0 || !running) return;
    this.record(performance.now());
    this.answered++;
    this.askedAt = null;
    setTimeout(() => this.ask(), 25 + 50 * Math.random());
  }

  record(now) {
    const took = now - this.askedAt;
    latencies.push(took);
    this.longest = Math.max(this.longest, took);
  }

  ask() {
    if (!running) return;
    this.askedAt = performance.now();
    this.socket.write(line);
  }
}

/** Opens the clients, lets them run and closes them. Returns them and how long they ran, in seconds. */
async function runClients(seconds) {
  latencies.length = 0;
  running = true;
  const start = performance.now();
  const clients = Array.from({ length: CLIENTS }, () => new Client());
  await sleep(seconds * 1000);
  const now = performance.now();
  running = false;
  // A question that is still open has waited so long at least.
  for (const client of clients) {
    if (client.askedAt !== null) client.record(now);
    client.socket.destroy();
  }
  return { clients, seconds: (now - start) / 1000 };
}

const flood = values.flood ? new Flood() : null;
await flood?.warmUp();
await runClients(WARMUP_SECONDS);
await sleep(100); // Until the server has seen them leave.
const before = readCpu(values.pid);
const floodBefore = flood === null ? 0 : await flood.returned();
const { clients, seconds } = await runClients(Number(values.duration));
const floodBytes = flood === null ? 0 : (await flood.returned()) - floodBefore;
const after = readCpu(values.pid);
flood?.child.stdin.end();

latencies.sort((a, b) => a - b);
const percentile = (p) => latencies[Math.min(latencies.length - 1, Math.floor((latencies.length * p) / 100))];
console.log(
  JSON.stringify({
    seconds,
    answered: clients.reduce((sum, client) => sum + client.answered, 0),
    unanswered: clients.filter((client) => client.longest > UNANSWERED_MS).length,
    p50: percentile(50),
    p99: percentile(99),
    max: latencies.at(-1),
    floodMBps: floodBytes / 1e6 / seconds,
    serverCpu: before === null || after === null ? null : (after.exact - before.exact) / seconds,
  }),
);
process.exit();
