/** The swap of the loop. */
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
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
    console.log(uvloop.isAvailable(), uvloop.unavailableReason());
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
    stdout: `false the native loop needs Node.js: Bun has no libuv loop to share; use the portable loop\n${names.map((name) => `${name} NativeLoopUnavailableError\n`).join("")}`,
    stderr: "",
  });
});

const REASON = 'import * as uvloop from "uvio/uvloop"; console.log(uvloop.unavailableReason());';

test("unavailableReason is null where the addon is there", native, async () => {
  assert.equal((await runChild(REASON)).stdout, "null\n");
});

test("unavailableReason says what is missing, or why it does not load", async () => {
  const missing = await runChild(REASON, { env: { UVIO_ADDON: "./no-such-addon.node" } });
  assert.match(missing.stdout, /^the native loop's addon is not at \/.*\/no-such-addon\.node, which UVIO_ADDON names\n$/);
  const file = path.join(mkdtempSync(path.join(tmpdir(), "addon-")), "broken.node");
  writeFileSync(file, "not an addon");
  const broken = await runChild(REASON, { env: { UVIO_ADDON: file } });
  const said =
    /^the native loop's addon could not be loaded on \w+-\w+.*: Error: .*broken\.node.*; rebuild it: node ".*build-native\.mjs", or use/;
  assert.match(broken.stdout, said);
});
