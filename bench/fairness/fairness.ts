/** Runs the scenarios `fairness-*`: a hundred small clients beside something that keeps the server busy. */
import path from "node:path";
import { Child } from "../children.js";
import { root } from "../root.js";
import type { RunningServer } from "../server.js";

/** The output of clients.mjs. Times of answers in milliseconds. */
export interface FairnessResult {
  seconds: number;
  answered: number;
  /** Clients that have waited for more than half a second. */
  unanswered: number;
  p50: number;
  p99: number;
  max: number;
  /** Bytes of the flood that came back; 0 without a flood. */
  floodMBps: number;
  /** CPU seconds of the server in a second; null without /proc. */
  serverCpu: number | null;
}

/** Runs the clients, and the flood if there is one, against a running server. */
export async function runFairness(server: RunningServer, flood: boolean, duration: number): Promise<FairnessResult> {
  const script = path.join(root, "bench", "fairness", "clients.mjs");
  const args = [script, ...server.address, "--pid", server.pid, "--duration", duration, ...(flood ? ["--flood"] : [])];
  const child = new Child(process.execPath, args.map(String), process.env, root);
  let text = "";
  child.process.stdout!.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const how = await child.ended;
  if (child.exitCode !== 0) throw new Error([child.stderr || `the clients: ${how}`, server.obituary()].filter(Boolean).join("\n"));
  return JSON.parse(text) as FairnessResult;
}
