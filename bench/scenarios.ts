/** The scenarios of the benchmark. */
import type { LoadShape } from "./load.js";

interface Common {
  name: string;
  title: string;
  /** Ids of the peers (peers.ts), in the order of the table. The others are compared with the first. */
  peers: string[];
  /** The peers of `--quick`, which leaves out scenarios without any. */
  quick?: string[];
}

export type Scenario =
  /** `sweep`: its rows are in a table of its own, beside those of the others of that sweep. */
  | (Common & { kind: "load"; load: LoadShape; sweep?: { name: string; title: string; row: string } })
  | (Common & { kind: "idle"; steps: number[]; restSeconds: number; messageBytes: number })
  /** `busy`: the server's own loop is never idle. */
  | (Common & { kind: "fairness"; flood: boolean; busy: boolean });

const protocolPeers = [
  "c-libuv",
  "uvio-uv-protocol",
  "uvio-uv-buffered",
  "uvio-uv-borrowing",
  "uvio-node-protocol",
  "uvio-node-buffered",
  "node-net",
  "uvloop-protocol",
  "uvloop-buffered",
  "asyncio-protocol",
  "bun",
];

const streamsPeers = [
  "c-libuv",
  "uvio-uv-streams-async",
  "uvio-uv-streams-generators",
  "uvio-node-streams-async",
  "uvio-node-streams-generators",
  "node-net",
  "uvloop-streams",
  "asyncio-streams",
];

const sweepPeers = ["c-libuv", "uvio-uv-protocol", "uvio-uv-buffered", "uvio-uv-borrowing", "uvloop-protocol", "node-net"];

const fairPeers = ["uvloop-protocol", "uvio-uv-protocol", "node-net", "uvio-node-protocol", "asyncio-protocol", "c-libuv"];

function echo(messageBytes: number): LoadShape {
  return { mode: "echo", connections: 50, messageBytes, inflight: 1 };
}

/** Scenarios that differ in the size of the message. */
const sizes: Scenario[] = (
  [
    ["64", 64],
    ["256", 256],
    ["1k", 1024],
    ["4k", 4096],
    ["8k", 8192],
    ["10k", 10_240],
    ["16k", 16_384],
    ["64k", 65_536],
    ["100k", 102_400],
    ["256k", 262_144],
    ["1m", 1_048_576],
  ] as const
).map(([suffix, bytes]) => {
  const row = bytes < 1024 ? `${bytes} B` : bytes < 2 ** 20 ? `${bytes / 1024} KiB` : `${bytes / 2 ** 20} MiB`;
  return {
    kind: "load",
    name: `size-sweep-${suffix}`,
    title: `echo of ${row}, 50 connections`,
    load: echo(bytes),
    peers: sweepPeers,
    sweep: { name: "size-sweep", title: "size of the message, 50 connections", row },
  };
});

/** Scenarios that differ in the number of connections. */
const connections: Scenario[] = [1, 10, 100, 1000, 10_000].map((count) => {
  const row = count.toLocaleString("en-US");
  return {
    kind: "load",
    name: `connection-sweep-${count}`,
    title: `echo of 1 KiB, ${row} ${count === 1 ? "connection" : "connections"}`,
    load: { ...echo(1024), connections: count },
    peers: sweepPeers,
    sweep: { name: "connection-sweep", title: "connections, messages of 1 KiB", row },
  };
});

export const scenarios: Scenario[] = [
  {
    kind: "load",
    name: "echo-1k",
    quick: ["c-libuv", "uvio-uv-protocol", "uvio-node-protocol", "node-net", "uvloop-protocol"],
    title: "echo of 1 KiB, 50 connections",
    load: echo(1024),
    peers: protocolPeers,
  },
  { kind: "load", name: "echo-10k", title: "echo of 10 KiB, 50 connections", load: echo(10240), peers: protocolPeers },
  {
    kind: "load",
    name: "echo-100k",
    quick: ["c-libuv", "uvio-uv-protocol", "node-net", "uvloop-protocol"],
    title: "echo of 100 KiB, 50 connections",
    load: echo(102400),
    peers: protocolPeers,
  },
  { kind: "load", name: "echo-1m", title: "echo of 1 MiB, 50 connections", load: echo(2 ** 20), peers: protocolPeers },
  {
    kind: "load",
    name: "streams-1k",
    quick: ["c-libuv", "uvio-uv-streams-async", "uvio-uv-streams-generators", "node-net", "uvloop-streams"],
    title: "echo of 1 KiB through streams, 50 connections (c-libuv, node-net: their plain echo)",
    load: echo(1024),
    peers: streamsPeers,
  },
  {
    kind: "load",
    name: "streams-100k",
    title: "echo of 100 KiB through streams, 50 connections (c-libuv, node-net: their plain echo)",
    load: echo(102400),
    peers: streamsPeers,
  },
  {
    kind: "load",
    name: "unix-1k",
    title: "echo of 1 KiB over a Unix socket, 50 connections",
    load: echo(1024),
    peers: ["c-libuv-unix", "uvio-uv-unix", "uvio-node-unix", "node-net-unix", "uvloop-unix", "asyncio-unix"],
  },
  {
    kind: "load",
    name: "udp-1k",
    title: "echo of UDP datagrams of 1 KiB, 50 clients",
    load: { ...echo(1024), udp: true },
    peers: ["c-libuv-udp", "uvio-uv-udp", "uvio-node-udp", "node-dgram-udp", "uvloop-udp", "asyncio-udp"],
  },
  {
    kind: "load",
    name: "tls-1k",
    title: "echo of 1 KiB over TLS, 50 connections (upgraded: by startTls over the loop's own transport; load by load.mjs)",
    load: { ...echo(1024), tls: true },
    peers: ["node-net-tls", "uvio-uv-tls", "uvio-node-tls", "uvio-uv-tls-1", "uvio-node-tls-1", "uvloop-tls", "asyncio-tls"],
  },
  {
    kind: "load",
    name: "lines-64",
    quick: ["c-libuv", "uvio-uv-lines-async", "uvio-uv-lines-generators", "node-net-lines", "uvloop-lines"],
    title: "lines of 64 bytes through readline, 50 connections, 16 in flight (c-libuv: echo without splitting lines)",
    load: { mode: "lines", connections: 50, messageBytes: 64, inflight: 16 },
    peers: [
      "c-libuv",
      "uvio-uv-lines-async",
      "uvio-uv-lines-generators",
      "uvio-uv-lines-for",
      "uvio-node-lines-async",
      "uvio-node-lines-generators",
      "uvio-node-lines-for",
      "node-net-lines",
      "uvloop-lines",
      "asyncio-lines",
    ],
  },
  {
    kind: "load",
    name: "workers-1k",
    title: "echo of 1 KiB, 50 connections, one server in one thread, on one worker thread and on two",
    load: echo(1024),
    peers: ["uvio-uv-protocol", "uvio-uv-workers-1", "uvio-uv-workers-2"],
  },
  {
    kind: "fairness",
    name: "fairness-lines",
    title: "100 small clients beside a flood of lines of 64 bytes, each answered through readline, write and drain",
    flood: true,
    busy: false,
    peers: [
      "uvloop-lines",
      "uvio-uv-lines-async",
      "uvio-uv-lines-generators",
      "node-net-lines",
      "uvio-node-lines-async",
      "uvio-node-lines-generators",
      "asyncio-lines",
    ],
  },
  {
    kind: "fairness",
    name: "fairness-echo",
    quick: ["uvloop-protocol", "uvio-uv-protocol", "node-net"],
    title: "100 small clients beside a flood, echoed by a protocol",
    flood: true,
    busy: false,
    peers: fairPeers,
  },
  {
    kind: "fairness",
    name: "fairness-busy",
    title: "100 small clients beside a callback that schedules itself (node-net: setImmediate), echoed by a protocol",
    flood: false,
    busy: true,
    peers: fairPeers,
  },
  {
    kind: "idle",
    name: "idle",
    quick: ["c-libuv", "uvio-uv-protocol", "node-net"],
    title: "memory of an idle connection: RSS at 10,000 minus RSS at 1,000, over 9,000",
    steps: [1000, 10_000],
    restSeconds: 2,
    // Small, so that remaining buffers of the echo do not count as memory of the connection.
    messageBytes: 64,
    peers: [
      "c-libuv",
      "uvio-uv-protocol",
      "uvio-uv-streams-async",
      "uvio-uv-streams-generators",
      "uvio-node-protocol",
      "uvio-node-streams-async",
      "node-net",
      "uvloop-protocol",
      "uvloop-streams",
      "asyncio-protocol",
      "asyncio-streams",
      "bun",
    ],
  },
  ...sizes,
  ...connections,
];
