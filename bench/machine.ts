/** Describes the machine that the benchmark runs on. */
import os from "node:os";
import { run } from "./command.js";
import { root } from "./root.js";

export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  node: string;
  /** The measured commit, with a + if there are uncommitted changes; empty outside a clone. */
  commit: string;
  /** The load average at the start; 0 is a quiet machine. */
  loadAverage: number;
  date: string;
}

export async function describeMachine(): Promise<Machine> {
  const cpus = os.cpus();
  const commit = await run("git", ["describe", "--always", "--dirty=+"], { cwd: root });
  return {
    cpu: cpus[0]?.model.trim() ?? "unknown",
    cores: cpus.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    kernel: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    commit: commit.code === 0 ? commit.stdout.trim() : "",
    loadAverage: Math.round(os.loadavg()[0]! * 100) / 100,
    date: new Date().toISOString(),
  };
}

export function machineLine(machine: Machine): string {
  const { cpu, cores, memoryGiB, kernel, date, commit, loadAverage } = machine;
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${kernel}; ${date}${commit && `, commit ${commit}`}; load average at the start ${loadAverage}`;
}
