/** The scenarios of the benchmark. */
import type { LoadShape } from "./load.js";

interface Common {
  name: string;
  title: string;
  /** Ids of the peers (peers.ts), in the order of the table. The others are compared with the first. */
  peers: string[];
}

export type Scenario =
  | (Common & { kind: "load"; load: LoadShape })
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

const fairPeers = ["uvloop-protocol", "uvio-uv-protocol", "node-net", "uvio-node-protocol", "asyncio-protocol", "c-libuv"];

function echo(messageBytes: number): LoadShape {
  return { mode: "echo", connections: 50, messageBytes, inflight: 1 };
}

export const scenarios: Scenario[] = [
  { kind: "load", name: "echo-1k", title: "echo of 1 KiB, 50 connections", load: echo(1024), peers: protocolPeers },
  { kind: "load", name: "echo-10k", title: "echo of 10 KiB, 50 connections", load: echo(10240), peers: protocolPeers },
  {
    kind: "load",
    name: "echo-100k",
    title: "echo of 100 KiB, 50 connections",
    load: echo(102400),
    peers: protocolPeers,
  },
  {
    kind: "load",
    name: "streams-1k",
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
    title: "lines of 64 bytes through readline, 50 connections, 16 in flight (c-libuv: echo without splitting lines)",
    load: { mode: "lines", connections: 50, messageBytes: 64, inflight: 16 },
    peers: [
      "c-libuv",
      "uvio-uv-lines-async",
      "uvio-uv-lines-generators",
      "uvio-node-lines-async",
      "uvio-node-lines-generators",
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
];
