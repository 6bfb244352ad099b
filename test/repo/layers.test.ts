import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { filesUnder, findCycle, importsOf, includesOf, read } from "./tree.js";

/** A file imports from lower floors and from its own folder only. */
const FLOORS = [
  ["util"],
  ["core"],
  ["tasks"],
  ["sync", "transports", "executors", "contextlib"],
  ["loop", "streams", "aiofiles"],
  ["policy", "subprocess", "aiohttp"],
];
/** Files at src/*.ts. */
const ENTRY_FLOOR = FLOORS.length;
/** The one sideways import: the preload installs what the entry point offers. */
const SIDEWAYS = new Set(["src/uvloop-install.ts -> src/uvloop.ts", "src/uvloop.ts -> src/uvloop-install.ts"]);

const NATIVE_FLOORS = [["util"], ["uv", "node"], ["loop"], ["io"], ["api"], ["addon.cc"]];

const sources = filesUnder("src", /\.ts$/);
const edges = new Map(sources.map((file) => [file, importsOf(file)]));

/** "loop" of src/native-loop/boundary/addon.ts, "" of src/index.ts. */
function folderOf(file: string): string {
  const parts = file.split("/");
  return parts.length > 2 ? parts[1]! : "";
}

function floorOf(file: string): number {
  const folder = folderOf(file);
  return folder === "" ? ENTRY_FLOOR : FLOORS.findIndex((folders) => folders.includes(folder));
}

/** Which loop a file of loop/ belongs to. */
function loopOf(file: string): string | null {
  return /^src\/loop\/(node|uv)\//.exec(file)?.[1] ?? null;
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

  it("keep the two loops apart from each other, and what they share apart from both", () => {
    const mixed = everyImport((from, to) => folderOf(from) === "loop" && loopOf(to) !== null && loopOf(to) !== loopOf(from));
    assert.deepEqual(mixed, []);
  });

  it("let only policy/ and the entry points know a concrete loop", () => {
    const known = everyImport((from, to) => loopOf(to) !== null && !["loop", "policy", ""].includes(folderOf(from)));
    assert.deepEqual(known, []);
  });

  it("have no cycles, types included", () => {
    const graph = new Map([...edges].map(([file, imports]) => [file, imports.map((one) => one.file).filter((to) => to !== null)]));
    assert.equal(findCycle(graph), null);
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
