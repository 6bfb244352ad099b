/** The swap of the loop. */
import assert from "node:assert/strict";
import { test } from "vitest";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";
import { runChild } from "../support/child.js";
import { uvSkipped } from "../support/loops.js";
import { unless } from "../support/unless.js";

const native = unless(uvSkipped);
const WHICH = `import * as asyncio from "uvio"; await asyncio.run(async () => console.log(asyncio.getRunningLoop().constructor.name));`;

test("uvloop.run runs on the native loop, without a policy", native, async () => {
  assert.ok((await uvloop.run(async () => asyncio.getRunningLoop())) instanceof uvloop.Loop);
  assert.ok((await asyncio.run(async () => asyncio.getRunningLoop())) instanceof asyncio.NodeEventLoop);
});

test("the policy makes every new loop a native one, null restores the portable one", native, async (t) => {
  t.onTestFinished(() => asyncio.setEventLoopPolicy(null));
  asyncio.setEventLoopPolicy(new uvloop.EventLoopPolicy());
  const loop = asyncio.newEventLoop();
  assert.ok(loop instanceof uvloop.Loop);
  loop.close();
  assert.ok((await asyncio.run(async () => asyncio.getRunningLoop())) instanceof uvloop.Loop);
  asyncio.setEventLoopPolicy(null);
  uvloop.install();
  assert.ok(asyncio.getEventLoopPolicy() instanceof uvloop.EventLoopPolicy);
});

test("node --import uvio/uvloop/install swaps the loop of a program that knows nothing of it", native, async () => {
  const child = await runChild(WHICH, { nodeArgs: ["--import", "uvio/uvloop/install"] });
  assert.deepEqual(child, { code: 0, signal: null, stdout: "Loop\n", stderr: "" });
});

test("without the preload a program gets the portable loop", async () => {
  assert.deepEqual(await runChild(WHICH), { code: 0, signal: null, stdout: "NodeEventLoop\n", stderr: "" });
});

/** As if in Bun, which has no libuv loop to share. */
const NO_ADDON = "data:text/javascript,Object.defineProperty(process.versions, 'bun', { value: '1' })";

test("where there is no addon the preload warns and keeps the portable loop", async () => {
  const child = await runChild(WHICH, { nodeArgs: ["--import", NO_ADDON, "--import", "uvio/uvloop/install"] });
  assert.equal(child.stdout, "NodeEventLoop\n");
  assert.equal(child.code, 0);
  assert.match(child.stderr, /UVIO_REQUIRE_NATIVE=1/);
});

test("UVIO_REQUIRE_NATIVE=1 makes that an error", async () => {
  const child = await runChild(WHICH, {
    nodeArgs: ["--import", NO_ADDON, "--import", "uvio/uvloop/install"],
    env: { UVIO_REQUIRE_NATIVE: "1" },
  });
  assert.equal(child.stdout, "");
  assert.notEqual(child.code, 0);
  assert.match(child.stderr, /NativeLoopUnavailableError/);
});

test("where there is no addon importing works, isAvailable says false and the rest says why", async () => {
  const child = await runChild(
    `import * as uvloop from "uvio/uvloop";
    console.log(uvloop.isAvailable());
    const attempts = { newEventLoop: () => uvloop.newEventLoop(), install: () => uvloop.install(), policy: () => new uvloop.EventLoopPolicy(), run: () => uvloop.run(async () => {}) };
    for (const [name, attempt] of Object.entries(attempts)) {
      try { await attempt(); console.log(name, "worked"); } catch (error) { console.log(name, error.name); }
    }`,
    { nodeArgs: ["--import", NO_ADDON] },
  );
  const names = ["newEventLoop", "install", "policy", "run"];
  assert.deepEqual(child, {
    code: 0,
    signal: null,
    stdout: `false\n${names.map((name) => `${name} NativeLoopUnavailableError\n`).join("")}`,
    stderr: "",
  });
});
