/** Compiles the benchmark's C programs. */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { run } from "./command.js";
import { buildFolder, root } from "./root.js";

export type Built = { path: string } | { missing: string };

interface Target {
  /** A file, or a folder whose files form one program. */
  source: string;
  /** The pkg-config module that it requires. */
  library?: string;
}

const targets = {
  load: { source: "load" },
  "echo-uv": { source: "echo-uv.c", library: "libuv" },
} satisfies Record<string, Target>;

const flags = ["-O2", "-std=gnu11", "-Wall", "-Wextra"];

/** `c++ -x c` comes late: it serves machines that have a compiler for Node addons, but no `cc`. */
const compilers: string[][] = [["cc"], ["gcc"], ["clang"], ["c++", "-x", "c"], ["g++", "-x", "c"]];

/** The files that the program consists of, including headers. */
function filesOf(source: string): string[] {
  if (!statSync(source).isDirectory()) return [source];
  return readdirSync(source).map((name) => path.join(source, name));
}

function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
}

async function findCompiler(): Promise<string[] | undefined> {
  const chosen = process.env.CC?.split(" ").filter(Boolean);
  for (const compiler of chosen?.length ? [chosen] : compilers) {
    const [command, ...rest] = compiler as [string, ...string[]];
    if ((await run(command, [...rest, "--version"])).code === 0) return compiler;
  }
  return undefined;
}

/** Compiles a C program if one of its files is newer than the binary. Returns the reason if that is not possible. */
export async function buildNative(name: keyof typeof targets): Promise<Built> {
  const target: Target = targets[name];
  if (process.platform !== "linux") return { missing: `${target.source} is for Linux (epoll, /proc)` };
  const files = filesOf(path.join(root, "bench", "native", target.source));
  const output = path.join(buildFolder, name);
  if (modified(output) > Math.max(...files.map(modified))) return { path: output };

  const compiler = await findCompiler();
  if (compiler === undefined) return { missing: "no C compiler (tried $CC, cc, gcc, clang, c++)" };
  let libraryFlags: string[] = [];
  if (target.library !== undefined) {
    const found = await run("pkg-config", ["--cflags", "--libs", target.library]);
    if (found.code !== 0) {
      return { missing: `pkg-config does not find ${target.library} (Debian: libuv1-dev pkg-config)` };
    }
    libraryFlags = found.stdout.trim().split(/\s+/);
  }
  mkdirSync(buildFolder, { recursive: true });
  // The binary gets its name last, so that an interrupted compiler does not leave a partial binary that looks new.
  const sources = files.filter((file) => file.endsWith(".c"));
  const partial = `${output}.${process.pid}.tmp`;
  const [command, ...rest] = compiler as [string, ...string[]];
  const compiled = await run(command, [...rest, ...flags, ...sources, "-o", partial, ...libraryFlags]);
  if (compiled.code !== 0) {
    rmSync(partial, { force: true });
    return { missing: `${target.source} does not compile:\n${compiled.stderr.trim()}` };
  }
  renameSync(partial, output);
  return { path: output };
}
