/** Processes by the hundred. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { leavingNothing } from "../support/descriptors.js";
import { eachLoop } from "../support/loops.js";

const { PIPE } = asyncio.subprocess;

eachLoop("500 processes in a row leave nothing behind", async (t) => {
  await leavingNothing(t, async () => {
    for (let i = 0; i < 25; i++) {
      const codes = await asyncio.gather(
        ...Array.from({ length: 20 }, (_, k) => async () => {
          const child = await asyncio.createSubprocessShell(`exit ${k}`, { stdin: PIPE, stdout: PIPE });
          await child.communicate("ignored");
          return child.returncode;
        }),
      );
      assert.deepEqual(
        codes,
        Array.from({ length: 20 }, (_, k) => k),
      );
    }
  });
});
