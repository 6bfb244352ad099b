/** Random programs over files, run by uvio and by CPython: the same results, and the same bytes on the disk. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "vitest";
import * as asyncio from "uvio";
import * as aiofiles from "uvio/aiofiles";
import { testFile } from "../support/paths.js";
import { random } from "../support/random.js";
import { unless } from "../support/unless.js";
import { Folder } from "./support.js";

type Op = [name: string, ...args: unknown[]];

interface Program {
  mode: string;
  encoding: string;
  newline: aiofiles.Newline;
  /** A character a byte. */
  content: string;
  ops: Op[];
}

const PROGRAMS = 300;
const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));

const python = ((): string | false => {
  const { status, stdout } = spawnSync("python3", ["-c", "import sys; print(sys.version_info >= (3, 9))"], { encoding: "utf8" });
  return status === 0 && stdout.startsWith("True") ? false : "there is no python3 of 3.9 or later";
})();

test(`files behave as CPython's (SEED=${seed})`, unless(python), async () => {
  const next = random(seed);
  const programs = Array.from({ length: PROGRAMS }, () => (next() < 0.5 ? binaryProgram(next) : textProgram(next)));
  const { stdout, stderr, status } = spawnSync("python3", [testFile("aiofiles", "files.py")], {
    input: JSON.stringify(programs),
    encoding: "utf8",
    maxBuffer: 1 << 29,
  });
  assert.equal(status, 0, stderr);
  const expected = JSON.parse(stdout) as unknown[][];
  const folder = new Folder();
  try {
    const found = await asyncio.run(async () => {
      const all: unknown[][] = [];
      for (const program of programs) all.push(await play(program, folder));
      return all;
    });
    for (const [i, program] of programs.entries()) {
      const results = found[i]!;
      for (const [at, result] of results.entries()) {
        // CPython's tell() of text gives up in places: "can't reconstruct logical file position".
        if (program.ops[at]?.[0] === "mark" && expected[i]![at] === "error") break;
        const shown = { ...program, content: program.content.length > 200 ? `${program.content.length} bytes` : program.content };
        assert.deepEqual(result, expected[i]![at], `SEED=${seed}, program ${i}, step ${at}: ${JSON.stringify(shown)}`);
      }
    }
  } finally {
    folder.remove();
  }
});

// ---------------------------------------------------------------------------------------------- programs

type Next = () => number;

function below(next: Next, limit: number): number {
  return Math.floor(next() * limit);
}

function pick<T>(next: Next, list: readonly T[]): T {
  return list[below(next, list.length)]!;
}

/** Mostly short; sometimes more than a block, with the letters' neighbours wherever blocks end. */
function content(next: Next, letters: readonly string[]): string {
  const text = Array.from({ length: below(next, 40) }, () => pick(next, letters)).join("");
  return next() < 0.2 ? text.repeat(1 + Math.ceil(below(next, 200_000) / (text.length + 1))) : text;
}

function size(next: Next): number {
  return next() < 0.1 ? 60_000 + below(next, 10_000) : below(next, 12);
}

function binaryProgram(next: Next): Program {
  const letters = ["a", "b", "\n", "\0", "\xff", "c"];
  const mode = pick(next, ["rb", "r+b", "r+b", "w+b", "a+b", "ab", "wb"]);
  const ops = Array.from({ length: 1 + below(next, 14) }, (): Op => {
    switch (below(next, 12)) {
      case 0:
        return ["read"];
      case 1:
      case 2:
        return ["read", size(next)];
      case 3:
        return ["readline"];
      case 4:
        return ["readline", 1 + size(next)]; // CPython's readline(0) forgets to look whether the file can be read.
      case 5:
        return ["readinto", size(next)];
      case 6:
        return ["seek", below(next, 50)];
      case 7:
        return ["seek", below(next, 20) - 10, pick(next, [1, 2])];
      case 8:
        return next() < 0.5 ? ["truncate"] : ["truncate", below(next, 40)];
      case 9:
        return pick<Op>(next, [["readlines"], ["readlines", 5], ["lines"]]);
      default:
        return next() < 0.8 ? ["write", content(next, letters)] : ["writelines", ["x\n", "y"]];
    }
  });
  return { mode, encoding: "", newline: null, content: content(next, letters), ops: ops.flatMap((op): Op[] => [op, ["flush"], ["tell"]]) };
}

function textProgram(next: Next): Program {
  const encoding = pick(next, ["utf-8", "utf-8", "latin-1", "utf-16-le"]);
  const letters = ["a", "b", "\n", "\r", "\r\n", encoding === "latin-1" ? "\xe4" : "\u20ac", "c"];
  const reading = next() < 0.7;
  const bytes = Buffer.from(content(next, letters), encoding === "utf-8" ? "utf8" : encoding === "latin-1" ? "latin1" : "utf16le");
  const ops = Array.from({ length: 1 + below(next, 14) }, (): Op => {
    if (!reading) return next() < 0.8 ? ["write", content(next, letters)] : ["flush"];
    switch (below(next, 9)) {
      case 0:
        return pick<Op>(next, [["read"], ["readlines"], ["readlines", 5], ["lines"]]);
      case 1:
      case 2:
        return ["read", size(next)];
      case 3:
        return ["readline", size(next)];
      case 4:
        return ["mark"];
      case 5:
        return ["return", below(next, 10)];
      case 6:
        return pick<Op>(next, [
          ["seek", 0],
          ["seek", 0, 2],
          ["seek", 1, 1],
        ]);
      default:
        return ["readline"];
    }
  });
  return {
    mode: reading ? "r" : pick(next, ["w", "a"]),
    encoding,
    newline: pick<aiofiles.Newline>(next, [null, null, "", "\n", "\r", "\r\n"]),
    content: bytes.toString("latin1"),
    ops,
  };
}

// ---------------------------------------------------------------------------------------------- uvio's side

async function play(program: Program, folder: Folder): Promise<unknown[]> {
  const { mode, encoding, newline } = program;
  const path = folder.write("file", Buffer.from(program.content, "latin1"));
  const results: unknown[] = [];
  const marks: number[] = [];
  const file: aiofiles.File<string | Buffer> = await aiofiles.open(path, mode, mode.includes("b") ? {} : { encoding, newline });
  for (const [name, ...args] of program.ops) {
    try {
      results.push(show(await perform(file, name, args, marks)));
    } catch (error) {
      if (error instanceof aiofiles.UnsupportedOperation) results.push("UnsupportedOperation");
      else if (error instanceof asyncio.ValueError || (error as NodeJS.ErrnoException).code !== undefined) results.push("error");
      else throw error;
    }
  }
  await file.close();
  results.push(folder.read("file"));
  return results;
}

async function perform(file: aiofiles.File<string | Buffer>, name: string, args: unknown[], marks: number[]): Promise<unknown> {
  const number = args[0] as number;
  switch (name) {
    case "write":
      return await file.write((file instanceof aiofiles.BinaryFile ? Buffer.from(args[0] as string, "latin1") : args[0]) as string);
    case "writelines":
      return (await file.writelines(args[0] as string[])) ?? null;
    case "readinto": {
      const into = Buffer.alloc(number);
      const count = await (file as aiofiles.BinaryFile).readinto(into);
      return [count, into.subarray(0, count)];
    }
    case "lines": {
      const lines: (string | Buffer)[] = [];
      for await (const line of file) lines.push(line);
      return lines;
    }
    case "mark":
      marks.push(await file.tell());
      return null;
    case "return":
      if (marks.length > 0) await file.seek(marks[number % marks.length]!);
      return null;
    case "read":
      return await file.read(...(args as number[]));
    case "readline":
      return await file.readline(...(args as number[]));
    case "readlines":
      return await file.readlines(...(args as number[]));
    case "seek":
      return await file.seek(...(args as [number, number]));
    case "tell":
      return await file.tell();
    case "truncate":
      return await file.truncate(...(args as [number]));
    case "flush":
      return (await file.flush()) ?? null;
    default:
      return assert.fail(name);
  }
}

function show(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString("latin1");
  return Array.isArray(value) ? value.map(show) : value;
}
