// The benchmark of `npm start`: the same echo server on node:net and on uvio's two loops, measured on this machine.
import "./children.js";
import { findLoadGenerator, runLoad, type LoadResult } from "./load.js";
import { findPeer } from "./peers.js";
import { startServer } from "./server.js";

const shape = { mode: "echo", connections: 50, messageBytes: 1024, inflight: 1 } as const;
const seconds = { duration: 3, warmup: 1 };

/** The others are compared with the first. */
const contenders = [
  { id: "node-net", title: "node:net, used directly" },
  { id: "uvio-node-protocol", title: "uvio, portable loop" },
  { id: "uvio-uv-protocol", title: "uvio, native loop" },
];

/** The advice for a contender that cannot run. */
const wayOut = "install a C++ compiler, then run: npm run build";

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function cpuOf(result: LoadResult): number | undefined {
  return result.server?.cpuMicrosPerMessage;
}

function printTable(rows: string[][]): void {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  for (const row of rows) {
    console.log(
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join("   ")
        .trimEnd(),
    );
  }
}

async function main(): Promise<void> {
  const { generator, reason } = await findLoadGenerator();
  console.log(`\nEcho over TCP: ${shape.connections} connections, messages of ${shape.messageBytes} bytes.`);
  if (reason !== undefined) {
    console.log(`Using the load generator in JavaScript, which limits requests/s, because: ${reason}`);
  }
  const results: { title: string; result: LoadResult }[] = [];
  const skipped: string[] = [];
  for (const { id, title } of contenders) {
    const peer = await findPeer(id);
    if ("skipped" in peer) {
      if (id !== "uvio-uv-protocol") throw new Error(`${title}: ${peer.skipped}`);
      console.log(`  ${title}: skipped`);
      skipped.push(`${title}: skipped: ${peer.skipped}\n  To enable it: ${wayOut}`);
      continue;
    }
    process.stdout.write(`  ${title} (${peer.version}) ... `);
    const server = await startServer(peer.server);
    try {
      const result = await runLoad(generator, server, shape, seconds);
      console.log(`${whole(result.rps)} requests/s`);
      results.push({ title, result });
    } finally {
      await server.stop();
    }
  }

  const base = results[0]!.result;
  const baseCpu = cpuOf(base);
  const rows = [["", "requests/s", "server CPU per message", "requests/s vs node:net", "CPU efficiency vs node:net"]];
  for (const { title, result } of results) {
    const cpu = cpuOf(result);
    rows.push([
      title,
      whole(result.rps),
      cpu === undefined ? "n/a" : `${cpu.toFixed(2)} µs`,
      `${(result.rps / base.rps).toFixed(2)}x`,
      cpu === undefined || baseCpu === undefined ? "n/a" : `${(baseCpu / cpu).toFixed(2)}x`,
    ]);
  }
  console.log("");
  printTable(rows);
  console.log(`\nAbove 1x is better than node:net. One run of ${seconds.duration} s each; for more: npm run bench`);
  for (const line of skipped) console.log(`\n${line}`);
}

try {
  await main();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
