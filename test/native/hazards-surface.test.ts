/** Hazards of node-addon-api at the addon's surface (decision 0042): each is an exception, none aborts the process. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { uvSkipped } from "../support/loops.js";
import { FLOODS } from "./scenarios/surface.js";
import { assertClean, scenarios, times } from "./support/scenario.js";
import { rawTest } from "./support/raw-test.js";
import { unless } from "../support/unless.js";
import { loadBinding, type NativeLoopOptions } from "#uvio/native-loop/boundary/addon.js";

const run = scenarios<typeof import("./scenarios/surface.js")>("surface");
const native = unless(uvSkipped);

// A wrapper that fails in a thread that is being terminated throws what cannot be thrown.
for (const flood of FLOODS) {
  test(`a worker is terminated while it calls methods without a pause: ${flood}`, native, async () => {
    assertClean(await run("terminateCaller", [flood, times(12, 3)]));
  });
}

test("a getter of options that throws is heard, whatever it throws", native, () => {
  const { Loop } = loadBinding();
  for (const thrown of [new Error("from the getter"), null, undefined, 1, Symbol("thrown")]) {
    const options = {
      get completions(): Int32Array {
        throw thrown;
      },
    } as NativeLoopOptions;
    let caught: unknown = "nothing";
    try {
      new Loop(options);
    } catch (error) {
      caught = error;
    }
    assert.equal(caught, thrown);
  }
});

rawTest("getters of bind, connect and spawn that throw are heard, and those that close the loop give EBADF", async (t) => {
  const { native } = t.open();
  const thrown = new Error("from the getter");
  const throwing = new Proxy({} as never, {
    get() {
      throw thrown;
    },
  });
  for (const method of ["bind", "connect", "spawn"] as const) {
    assert.throws(() => native[method](throwing), thrown);
    const loop = t.open().native;
    const complete = { address: "127.0.0.1", ipv6Only: false, reusePort: false, file: "true", args: ["true"], detached: false, stdio: [] };
    const closing = {
      ...complete,
      port: 0,
      get env() {
        loop.close();
        return null;
      },
      get localPort() {
        loop.close();
        return 0;
      },
      cwd: null,
      uid: null,
      gid: null,
    };
    if (method === "bind") Object.defineProperty(closing, "address", { get: () => (loop.close(), "127.0.0.1") });
    assert.equal(loop[method](closing), -9, method);
  }
});

rawTest("the first argument that cannot be used is named, and nothing has been done", async (t) => {
  const loop = t.open();
  const { name } = loop.listen();
  const unusable: readonly [unknown, string, RegExp][] = [
    [2 ** 32 + 1, "ERR_OUT_OF_RANGE", /^The "slot" argument must be a 32-bit integer$/],
    [NaN, "ERR_OUT_OF_RANGE", /^The "slot" argument must be a 32-bit integer$/],
    [0.5, "ERR_OUT_OF_RANGE", /^The "slot" argument must be a 32-bit integer$/],
    ["0", "ERR_INVALID_ARG_TYPE", /^The "slot" argument must be a number$/],
    [undefined, "ERR_INVALID_ARG_TYPE", /^The "slot" argument must be a number$/],
  ];
  for (const [slot, code, message] of unusable) {
    assert.throws(() => loop.native.closeHandle(slot as number, name[1]), { code, message });
    assert.throws(() => loop.native.write(slot as number, NaN, null as never, -1, -1), { code, message });
  }
  assert.throws(() => loop.native.closeHandle(name[0], 2 ** 32 + name[1]), { name: "RangeError", message: /"generation"/ });
  assert.equal(loop.native.generation(name[0]), name[1]);
  assert.throws(() => loop.native.readStart(...name, 7), { code: "ERR_OUT_OF_RANGE", message: 'The "mode" argument must be a ReadMode' });
  assert.throws(() => loop.native.copyFromArena(99, 0, 0), { message: 'The "arena" argument must be the id of an arena' });
});

rawTest("shared and detached memory is read where it may be, and refused where it may not", async (t) => {
  const { native } = t.open();
  const shared = new Uint8Array(new SharedArrayBuffer(24));
  assert.equal(native.packAddress("127.0.0.1", 80, shared), 0);
  assert.deepEqual(native.unpackAddress(shared), { address: "127.0.0.1", port: 80, family: "IPv4" });
  const detached = new Uint8Array(24);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  assert.throws(() => native.unpackAddress(detached), { code: "ERR_OUT_OF_RANGE" });
  for (const other of [new SharedArrayBuffer(24), new ArrayBuffer(24), new DataView(shared.buffer), new Int8Array(24), [1]]) {
    assert.throws(() => native.unpackAddress(other as never), {
      code: "ERR_INVALID_ARG_TYPE",
      message: /"bytes" argument must be a Uint8Array/,
    });
  }
});

rawTest("a method of another object, and a class without new, are TypeErrors", async (t) => {
  const binding = loadBinding();
  const { native } = t.open();
  const socket = new binding.Socket();
  for (const [object, others] of [
    [native, [{}, Object.create(native), socket, null, undefined, 1, new Proxy(native, {})]],
    [socket, [{}, Object.create(socket), native, null, undefined, 1, new Proxy(socket, {})]],
  ] as const) {
    const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(object)).filter((name) => name !== "constructor");
    assert.ok(methods.length > 10);
    for (const name of methods) {
      const method = object[name as keyof typeof object] as () => unknown;
      for (const other of others) assert.throws(() => Reflect.apply(method, other, []), TypeError, name);
    }
  }
  for (const Class of [binding.Loop, binding.Socket]) assert.throws(() => Reflect.apply(Class, undefined, [{}]), TypeError);
});
