/** The folders of src/ and native/ form floors: a file imports from lower floors and its own folder only. */
import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { filesUnder, findCycle, importsOf, includesOf, read } from "./tree.js";

/** The leaf folders of src/, lowest first. A file imports from lower floors and from its own folder only. */
const FLOORS = [
  ["util"],
  ["core"],
  ["tasks"],
  ["syntax", "transports", "executors"],
  ["sync", "contextlib"],
  ["combinators"],
  ["net", "streams", "aiofiles/storage"],
  ["node-net", "subprocess", "aiofiles/text", "aiohttp/http"],
  ["tls", "aiofiles", "aiohttp/connection", "aiohttp/websocket"],
  ["loop", "aiohttp/client"],
  ["native-loop/boundary"],
  ["native-loop/sockets", "portable-loop"],
  ["native-loop"],
  ["runners"],
];
/** A folder above it has become two. */
const MOST_FILES = 16;
/** Files at src/*.ts. */
const ENTRY_FLOOR = FLOORS.length;
/** The one sideways import: the preload installs what the entry point offers. */
const SIDEWAYS = new Set(["src/uvloop-install.ts -> src/uvloop.ts", "src/uvloop.ts -> src/uvloop-install.ts"]);

const NATIVE_FLOORS = [["util"], ["uv", "node"], ["loop"], ["io"], ["api"], ["addon.cc"]];

const sources = filesUnder("src", /\.ts$/);
const edges = new Map(sources.map((file) => [file, importsOf(file)]));

/** "native-loop/boundary" of src/native-loop/boundary/addon.ts, "" of src/index.ts. */
function folderOf(file: string): string {
  return file.split("/").slice(1, -1).join("/");
}

function floorOf(file: string): number {
  const folder = folderOf(file);
  return folder === "" ? ENTRY_FLOOR : FLOORS.findIndex((folders) => folders.includes(folder));
}

/** Which of the two loops a file belongs to, if to one. */
function loopOf(file: string): string | null {
  return /^src\/(portable|native)-loop\//.exec(file)?.[1] ?? null;
}

function everyImport(wrong: (from: string, to: string) => boolean): string[] {
  const found = [];
  for (const [from, imports] of edges) {
    for (const { file: to } of imports) if (to !== null && wrong(from, to)) found.push(`${from} -> ${to}`);
  }
  return found;
}

describe("the floors of src/", () => {
  it("give every folder a place", () => {
    assert.deepEqual(
      sources.filter((file) => floorOf(file) < 0),
      [],
    );
  });

  it("are crossed downwards only", () => {
    const upwards = everyImport((from, to) => {
      if (folderOf(from) !== "" && folderOf(from) === folderOf(to)) return false;
      return floorOf(to) >= floorOf(from) && !SIDEWAYS.has(`${from} -> ${to}`);
    });
    assert.deepEqual(upwards, []);
  });

  it("let only runners/, the entry points and a loop itself know a concrete loop", () => {
    const known = everyImport(
      (from, to) => loopOf(to) !== null && loopOf(from) !== loopOf(to) && !["runners", ""].includes(folderOf(from)),
    );
    assert.deepEqual(known, []);
  });

  it("have no cycles, types included", () => {
    const graph = new Map([...edges].map(([file, imports]) => [file, imports.map((one) => one.file).filter((to) => to !== null)]));
    assert.equal(findCycle(graph), null);
  });

  it("have no cycles of folders", () => {
    const graph = new Map<string, string[]>();
    for (const [from, imports] of edges) {
      const folder = folderOf(from);
      if (folder === "") continue;
      const others = imports.flatMap(({ file }) => (file === null || folderOf(file) === folder ? [] : [folderOf(file)]));
      graph.set(folder, [...new Set([...(graph.get(folder) ?? []), ...others])]);
    }
    assert.equal(findCycle(graph), null);
  });

  it(`are small enough to read: no folder has more than ${MOST_FILES} files`, () => {
    const count = new Map<string, number>();
    for (const file of sources) count.set(folderOf(file), (count.get(folderOf(file)) ?? 0) + 1);
    assert.deepEqual(
      [...count].filter(([, files]) => files > MOST_FILES),
      [],
    );
  });

  it("have nothing that imports index.ts, or the package by its name", () => {
    assert.deepEqual(
      everyImport((_from, to) => to === "src/index.ts"),
      [],
    );
    const byName = [...edges].filter(([, imports]) => imports.some(({ specifier }) => /^(uvio($|\/)|#uvio\/)/.test(specifier)));
    assert.deepEqual(byName, []);
  });

  it("import files that exist", () => {
    assert.deepEqual(
      everyImport((_from, to) => !edges.has(to)),
      [],
    );
  });

  it("load a .node in native-loop/boundary/addon.ts and nowhere else", () => {
    const loaders = sources.filter((file) => /\bcreateRequire\b|\bdlopen\b|\.node["'`]/.test(read(file)));
    assert.deepEqual(loaders, ["src/native-loop/boundary/addon.ts"]);
  });
});

describe("the floors of native/", () => {
  const files = filesUnder("native", /\.(h|cc)$/);
  const folder = (file: string): string => file.split("/")[1]!;
  const floor = (file: string): number => NATIVE_FLOORS.findIndex((folders) => folders.includes(folder(file)));

  it("give every folder a place", () => {
    assert.deepEqual(
      files.filter((file) => floor(file) < 0),
      [],
    );
  });

  it("are crossed downwards only", () => {
    const wrong = files.flatMap((from) =>
      includesOf(from)
        .quoted.filter((to) => folder(from) !== folder(to) && floor(to) >= floor(from))
        .map((to) => `${from} -> ${to}`),
    );
    assert.deepEqual(wrong, []);
  });

  it("keep libuv and Node-API out of util/, and Node-API out of uv/", () => {
    const forbidden: Record<string, RegExp> = { util: /^(uv|node_api|js_native_api)\b/, uv: /^(node_api|js_native_api)\b/ };
    const wrong = files.filter((file) => includesOf(file).system.some((name) => forbidden[folder(file)]?.test(name)));
    assert.deepEqual(wrong, []);
  });

  it("include no V8, and node-addon-api only where JavaScript calls", () => {
    const including = (name: RegExp): string[] => files.filter((file) => includesOf(file).system.some((included) => name.test(included)));
    assert.deepEqual(including(/^(v8|node\.h|nan\.h)/), []);
    const surface = /^native\/(api\/|node\/arguments\.|addon\.cc$)/;
    assert.deepEqual(
      including(/^napi\.h/).filter((file) => !surface.test(file)),
      [],
    );
  });

  // Decision 0042: in an environment that ends, and with an exception pending, node-addon-api aborts where the C interface returns a status.
  it("call no JavaScript through node-addon-api, and throw by the C interface in two places", () => {
    const using = (name: RegExp): string[] => files.filter((file) => name.test(read(file)));
    assert.deepEqual(using(/\b(MakeCallback|FunctionReference|\w*ThreadSafeFunction|AsyncContext|ThrowAsJavaScriptException)\b/), []);
    assert.deepEqual(using(/\bnapi_throw/), ["native/loop/arena.cc", "native/node/arguments.cc"]);
  });

  it("have no cycles", () => {
    const graph = new Map(files.map((file) => [file, includesOf(file).quoted]));
    assert.equal(findCycle(graph), null);
  });

  it("are built from native/sources.txt, which names every .cc there is", () => {
    const listed = read("native/sources.txt").trim().split("\n").sort();
    assert.deepEqual(
      listed,
      files.filter((file) => file.endsWith(".cc")),
    );
  });
});
