// The lines of two processes as they arrive, with stderr merged into stdout. In both spellings.
import * as asyncio from "uvio";

const { PIPE, STDOUT } = asyncio.subprocess;
const script = `for (const n of [1, 2]) console.log("line", n); console.error("a warning");`;

function start() {
  return asyncio.createSubprocessExec(process.execPath, "-e", script, { stdout: PIPE, stderr: STDOUT });
}

async function follow(name: string) {
  const child = await start();
  for await (const line of child.stdout!) console.log(`${name}: ${String(line).trimEnd()}`);
  return await child.wait();
}

const followToo = asyncio.coroutine(function* (name: string) {
  const child = yield* start();
  for (;;) {
    const line = yield* child.stdout!.readline();
    if (line.length === 0) break; // The end of the output.
    console.log(`${name}: ${String(line).trimEnd()}`);
  }
  return yield* child.wait();
});

await asyncio.run(async () => {
  console.log("exit status", await follow("async function"));
  console.log("exit status", await followToo("generator"));
});

// prints:
//   async function: line 1
//   async function: line 2
//   async function: a warning
//   exit status 0
//   generator: line 1
//   generator: line 2
//   generator: a warning
//   exit status 0
