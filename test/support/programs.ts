/** System programs that tests use. */
import { spawnSync } from "node:child_process";

const found = new Map<string, string | false>();

function works(program: string): boolean {
  return spawnSync(program, ["--help"], { stdio: "ignore" }).error === undefined;
}

/**
 * Returns the reason to skip tests that need the program, or false if it is available. When run by root, installs a missing program from
 * its Debian package.
 */
export function programSkipped(program: string, debianPackage = program): string | false {
  const known = found.get(program);
  if (known !== undefined) return known;
  if (!works(program) && process.getuid?.() === 0) {
    spawnSync("apt-get", ["install", "-y", "--no-install-recommends", debianPackage], { stdio: "ignore", timeout: 120_000 });
  }
  const reason = works(program) ? false : `there is no ${program} (Debian's package ${debianPackage})`;
  found.set(program, reason);
  return reason;
}
