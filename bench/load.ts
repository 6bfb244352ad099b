/** Runs a load generator against a server. */
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { buildNative } from "./build.js";
import { Child } from "./children.js";
import { root } from "./root.js";
import type { RunningServer } from "./server.js";

export interface LoadShape {
  mode: "echo" | "lines";
  connections: number;
  messageBytes: number;
  inflight: number;
  /** UDP, with one datagram per message. */
  udp?: boolean;
  /** TLS, which only the JavaScript generator supports. */
  tls?: boolean;
}

/** The output of one run of the load generator. */
export interface LoadResult {
  generator: string;
  seconds: number;
  messages: number;
  rps: number;
  latencyMicros: { p50: number; p90: number; p99: number; p99_9: number; max: number };
  client: { cpuSeconds: number; busy: number };
  /** Missing on systems without /proc. */
  server?: {
    cpuSeconds: number;
    cpuSource: string;
    cpuMicrosPerMessage: number;
    userMicrosPerMessage: number;
    systemMicrosPerMessage: number;
    rssBytes: number;
  };
}

export interface LoadGenerator {
  command: string;
  args: string[];
  name: string;
}

/** Returns the generator in C, or, if it cannot be compiled, the slower one in JavaScript and the reason. */
export async function findLoadGenerator(): Promise<{ generator: LoadGenerator; reason?: string }> {
  const built = await buildNative("load");
  if ("path" in built) return { generator: { command: built.path, args: [], name: "load.c" } };
  return { generator: inJavaScript, reason: built.missing };
}

const inJavaScript: LoadGenerator = { command: process.execPath, args: [path.join(root, "bench", "load.mjs")], name: "load.mjs" };

/** Describes a failed run. The server can exit shortly after the generator notices a failure, so wait before looking at it. */
async function explain(child: Child, server: RunningServer, how: string): Promise<Error> {
  if (child.stderr) await delay(100);
  const obituary = server.obituary();
  return new Error([child.stderr || `the load generator: ${how}`, obituary].filter(Boolean).join("\n"));
}

export async function runLoad(
  generator: LoadGenerator,
  server: RunningServer,
  shape: LoadShape,
  seconds: { duration: number; warmup: number },
): Promise<LoadResult> {
  const { command, args: script } = shape.tls === true ? inJavaScript : generator;
  const args = [
    ...script,
    ...[
      ...server.address,
      "--pid",
      server.pid,
      "--mode",
      shape.mode,
      ...(shape.udp === true ? ["--udp"] : []),
      ...(shape.tls === true ? ["--tls"] : []),
    ],
    ...["-c", shape.connections, "-s", shape.messageBytes, "--inflight", shape.inflight],
    ...["--duration", seconds.duration, "--warmup", seconds.warmup],
  ].map(String);
  const child = new Child(command, args, process.env, root);
  let text = "";
  child.process.stdout!.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const how = await child.ended;
  if (child.exitCode !== 0) throw await explain(child, server, how);
  return JSON.parse(text) as LoadResult;
}

/**
 * Opens connections in steps (1,000, then 10,000 ...), with one echo each, and lets them rest. Returns the server's memory in bytes at each
 * step.
 */
export async function runIdle(
  generator: LoadGenerator,
  server: RunningServer,
  steps: number[],
  restSeconds: number,
  messageBytes: number,
): Promise<number[]> {
  const args = [
    ...generator.args,
    ...[...server.address, "--pid", server.pid, "--mode", "idle"],
    ...["-c", steps[0], "-s", messageBytes, "--rest", restSeconds],
  ].map(String);
  const child = new Child(generator.command, args, process.env, root);
  const memory: number[] = [];
  for await (const line of createInterface({ input: child.process.stdout! })) {
    memory.push((JSON.parse(line) as { rssBytes: number }).rssBytes);
    if (memory.length < steps.length) child.process.stdin!.write(`${steps[memory.length]}\n`);
    else child.process.stdin!.end();
  }
  const how = await child.ended;
  if (child.exitCode !== 0 || memory.length !== steps.length) throw await explain(child, server, how);
  return memory;
}
