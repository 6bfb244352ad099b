/**
 * connectReadPipe and connectWritePipe on both ends of a terminal. Node cannot make one: Python does, and becomes the process that runs the scene.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isLinux } from "../support/descriptors.js";
import { eachLoop } from "../support/loops.js";
import { programSkipped } from "../support/programs.js";
import { scenes } from "./terminal-scenes.js";

const OPEN_TERMINAL = `
import os, pty, sys
ends = pty.openpty()
for end in ends: os.set_inheritable(end, True)
os.execvp(sys.argv[1], sys.argv[1:] + [str(end) for end in ends])
`;
const program = fileURLToPath(new URL("./terminal-scenes.js", import.meta.url));
const skip = isLinux ? programSkipped("python3") : "descriptors are opened again through /proc";

for (const name of Object.keys(scenes)) {
  eachLoop(
    name,
    ({ kind }) => {
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      const args = ["-c", OPEN_TERMINAL, process.execPath, program, kind, name];
      const { status, signal, stderr, stdout } = spawnSync("python3", args, {
        env,
        encoding: "utf8",
        timeout: 30_000,
        killSignal: "SIGKILL",
      });
      assert.equal(status, 0, `${signal}\n${stdout}\n${stderr}`);
    },
    { skip },
  );
}
