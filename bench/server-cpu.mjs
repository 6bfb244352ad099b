// The CPU time of a server process, for the load generators in JavaScript.
import { readFileSync, readdirSync } from "node:fs";
import { execFileSync } from "node:child_process";

const nanoseconds = (text) => Number(text.split(" ")[0]);

/** Returns the CPU seconds and the resident memory of a process, or null without /proc. */
export function readCpu(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "latin1" }));
    const [user, system] = [Number(fields[11]) / ticks, Number(fields[12]) / ticks];
    let exact = 0;
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      exact += nanoseconds(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "latin1")) / 1e9;
    }
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]);
    return { user, system, exact, rssBytes: pages * 4096 };
  } catch {
    return null;
  }
}
