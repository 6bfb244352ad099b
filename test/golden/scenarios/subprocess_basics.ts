/**
 * Subprocesses return output through communicate, keep stderr separate, report exit codes and negative signal numbers, and stream through
 * stdin and stdout pipes.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { expectOsError } from "../python.js";
import { scenario } from "../stage.js";

const { DEVNULL, PIPE, STDOUT } = asyncio.subprocess;

/** `bytes.decode()`. */
function decode(bytes: Buffer | null): string {
  return bytes!.toString();
}

export default scenario(({ fn, log, run }) => {
  const main = fn(function* main() {
    let p = yield* on(asyncio.createSubprocessExec("echo", "hello", { stdout: PIPE }));
    let [out, err] = yield* on(p.communicate());
    log(decode(out).trimEnd(), err, p.returncode);
    p = yield* on(asyncio.createSubprocessShell("echo out; echo err 1>&2; exit 3", { stdout: PIPE, stderr: PIPE }));
    [out, err] = yield* on(p.communicate());
    log(decode(out).trimEnd(), decode(err).trimEnd(), p.returncode);
    p = yield* on(asyncio.createSubprocessShell("echo one; echo two 1>&2", { stdout: PIPE, stderr: STDOUT }));
    log(decode((yield* on(p.communicate()))[0]).replaceAll("\n", "|"));
    p = yield* on(asyncio.createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE }));
    log("running, returncode", p.returncode);
    p.stdin!.write("line 1\n");
    yield* on(p.stdin!.drain());
    log("echoed", (yield* on(p.stdout!.readline())).toString().trimEnd());
    [out] = yield* on(p.communicate("line 2\nline 3"));
    log(decode(out).replaceAll("\n", "|"), p.returncode);
    for (const label of ["terminate", "kill"] as const) {
      p = yield* on(asyncio.createSubprocessExec("sleep", "10"));
      if (label === "terminate") p.terminate();
      else p.kill();
      log(label, yield* on(p.wait()), p.returncode, "wait again", yield* on(p.wait()));
    }
    try {
      p.kill();
    } catch (error) {
      expectOsError(error, "ProcessLookupError");
      log("ProcessLookupError");
    }
    try {
      yield* on(asyncio.createSubprocessExec("/nonexistent/program"));
    } catch (error) {
      expectOsError(error, "FileNotFoundError");
      log("FileNotFoundError");
    }
    p = yield* on(asyncio.createSubprocessShell("exit 7", { stdout: DEVNULL }));
    log("wait", yield* on(p.wait()), "no pipe:", p.stdout === null);
  });
  return run(main.lazy());
});
