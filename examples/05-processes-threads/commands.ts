// Three shell commands at the same time: `communicate` waits for the end of each and returns its output.
import * as asyncio from "uvio";

const { PIPE } = asyncio.subprocess;

async function sh(command: string) {
  const child = await asyncio.createSubprocessShell(command, { stdout: PIPE, stderr: PIPE });
  const [stdout, stderr] = await child.communicate();
  return `${command}: ${String(stdout) || String(stderr)}`.trim() + ` (${child.returncode})`;
}

await asyncio.run(async () => {
  const commands = ["echo one", "echo two >&2", "printf a-b-c | tr - ' '; exit 3"];
  for (const line of await asyncio.gather(...commands.map((command) => () => sh(command)))) console.log(line);
});

// prints:
//   echo one: one (0)
//   echo two >&2: two (0)
//   printf a-b-c | tr - ' '; exit 3: a b c (3)
