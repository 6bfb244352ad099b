/** The published package on other runtimes: the portable loop and HTTP. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "vitest";
import { unless } from "../support/unless.js";
import { installed, run } from "./projects.js";

const PROGRAM = `
import { createServer } from "node:http";
import * as asyncio from "uvio";
import * as aiohttp from "uvio/aiohttp";
import * as uvloop from "uvio/uvloop";

const server = createServer((request, response) => response.end(request.method + " " + request.url));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
await asyncio.run(async () => {
  const session = new aiohttp.ClientSession();
  const url = "http://127.0.0.1:" + server.address().port;
  console.log(await (await session.get(url + "/a")).text());
  console.log(await (await session.post(url + "/b", { data: "body" })).text());
  await session.close();
});
console.log(uvloop.unavailableReason());
server.close();
`;
const RUNTIMES = [
  { name: "Bun", command: "bun", args: ["run"] },
  { name: "Deno", command: "deno", args: ["run", "-A"] },
];

describe.each(RUNTIMES)("$name", ({ name, command, args }) => {
  const isMissing = spawnSync(command, ["--version"], { stdio: "ignore" }).status !== 0;
  it(
    "runs uvio/aiohttp on the portable loop, and says why there is no other",
    unless(isMissing && `${command} is not installed`),
    async () => {
      const project = await installed({ "main.mjs": PROGRAM });
      const { output } = await run(project, process.env, command, ...args, "main.mjs");
      assert.equal(output, `GET /a\nPOST /b\nthe native loop needs Node.js: ${name} has no libuv loop to share; use the portable loop\n`);
    },
  );
});
