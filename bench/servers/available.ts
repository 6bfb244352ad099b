// Run by the benchmark before it starts a server: reports whether this Node can run uvio and its native loop, as one JSON object.
import { createRequire } from "node:module";

interface Availability {
  uvio: string;
  node: string;
  libuv: string;
  native: boolean;
  reason: string;
}

/** Returns the reason why the loop is not available. */
async function whyNot(uvloop: { newEventLoop(): unknown }): Promise<string> {
  try {
    uvloop.newEventLoop();
    return "uvloop.isAvailable() is false";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const uvloop = await import("uvio/uvloop");
await import("uvio");
const native = uvloop.isAvailable();
const answer: Availability = {
  uvio: (createRequire(import.meta.url)("uvio/package.json") as { version: string }).version,
  node: process.version,
  libuv: process.versions.uv ?? "",
  native,
  reason: native ? "" : await whyNot(uvloop),
};
console.log(JSON.stringify(answer));
