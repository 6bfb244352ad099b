/** A test with raw loops. Fails if a native object is left afterwards. */
import { test } from "vitest";
import { uvSkipped } from "../../support/loops.js";
import { rawServer, type RawServer } from "../../support/raw.js";
import { unless } from "../../support/unless.js";
import { RawLoop, untilNothingIsLeft, type RawLoopOptions } from "./raw-loop.js";

export interface RawTest {
  /** Closed after the test, whatever its outcome. */
  open: (options?: RawLoopOptions) => RawLoop;
  /** A node:net server that waits for connections; likewise. */
  serve: () => Promise<RawServer>;
}

export function rawTest(name: string, body: (t: RawTest) => Promise<void>): void {
  test(name, { ...unless(uvSkipped), timeout: 120_000 }, async () => {
    const loops: RawLoop[] = [];
    const servers: RawServer[] = [];
    try {
      await body({
        open: (options) => {
          const loop = new RawLoop(options);
          loops.push(loop);
          return loop;
        },
        serve: async () => {
          const server = await rawServer();
          servers.push(server);
          return server;
        },
      });
    } finally {
      for (const loop of loops) loop.native.close();
      for (const server of servers) await server.close();
    }
    await untilNothingIsLeft();
  });
}
