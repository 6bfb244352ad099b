/** createSubprocessExec, createSubprocessShell and Process, on both loops. */
import assert from "node:assert/strict";
import { closeSync, existsSync, openSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import * as asyncio from "uvio";
import { folderOf, isLinux, leavingNothing } from "../support/descriptors.js";
import { eachLoop } from "../support/loops.js";
import { FAKES } from "../support/lying-arrays.js";
import { pattern } from "../support/protocols.js";
import { on, SPELLINGS, Writer } from "../support/spellings.js";

const { DEVNULL, PIPE, STDOUT } = asyncio.subprocess;
const isRoot = process.getuid?.() === 0;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await asyncio.sleep(0.001);
}

/** As many turns of the loop in which something would happen, if it did. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await asyncio.sleep(0.001);
}

function buffered(reader: asyncio.StreamReader): number {
  return Number(/(\d+) bytes/.exec(String(reader))![1]);
}

for (const spelling of SPELLINGS) {
  eachLoop(`a process echoes through its streams and is waited for [${spelling}]`, async (t) => {
    const main = new Writer(spelling).fn(function* main() {
      const child = yield* on(asyncio.createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE }));
      assert.equal(child.returncode, null);
      child.stdin!.write("line\nrest");
      yield* on(child.stdin!.drain());
      assert.equal(String(yield* on(child.stdout!.readline())), "line\n");
      child.stdin!.close();
      yield* on(child.stdin!.waitClosed());
      assert.equal(String(yield* on(child.stdout!.read())), "rest");
      assert.equal(yield* on(child.wait()), 0);
      assert.equal(child.stderr, null);
      const done = yield* on(asyncio.runProcess("sh", "-c", "cat; echo err >&2; exit 3", { input: "in" }));
      assert.deepEqual([done.returncode, String(done.stdout), String(done.stderr)], [3, "in", "err\n"]);
    });
    await t.run(main.lazy());
  });
}

for (const size of [0, 1, 8192, 8193, 65_536, 65_537, 219_263, 219_264, 1_000_000]) {
  eachLoop(`communicate sends ${size} bytes and reads them back at once`, async (t) => {
    await leavingNothing(t, async () => {
      const child = await asyncio.createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE, stderr: PIPE });
      const sent = pattern(size);
      const [output, errors] = await child.communicate(sent);
      assert.deepEqual(output, sent);
      assert.equal(errors!.length, 0);
      assert.equal(child.returncode, 0);
    });
  });
}

eachLoop("the exit code is the return code, a signal's number a negative one", async (t) => {
  await leavingNothing(t, async () => {
    const child = await asyncio.createSubprocessShell("exit 7");
    assert.equal(await child.wait(), 7);
    for (const [signal, number] of [
      ["SIGUSR1", 10],
      [15, 15],
    ] as const) {
      const sleeping = await asyncio.createSubprocessExec("sleep", "60");
      sleeping.sendSignal(signal);
      assert.equal(await sleeping.wait(), -number);
    }
    assert.throws(() => child.sendSignal("SIGNOTHING" as never), asyncio.ValueError);
    assert.throws(() => child.kill(), { code: "ESRCH" });
  });
});

eachLoop("a process that handles a signal goes on", async (t) => {
  await leavingNothing(t, async () => {
    const program = "trap 'echo caught' USR1; echo $$; read first; echo $first; until read second; do :; done; echo $second; exit 11";
    const child = await asyncio.createSubprocessShell(program, { stdin: PIPE, stdout: PIPE });
    const line = async () => String(await child.stdout!.readline()).trim();
    assert.equal(Number(await line()), child.pid);
    child.stdin!.write("one\n");
    assert.equal(await line(), "one");
    child.sendSignal("SIGUSR1");
    child.stdin!.write("two\n");
    // The signal comes before the shell reads, or interrupts that: it reads again.
    assert.deepEqual(new Set([await line(), await line()]), new Set(["caught", "two"]));
    assert.equal(await child.wait(), 11);
  });
});

eachLoop("cwd, env, argv0 and extra descriptors arrive", async (t) => {
  const folder = realpathSync(folderOf(t));
  const file = path.join(folder, "passed");
  writeFileSync(file, "passed on");
  const fd = openSync(file, "r");
  await leavingNothing(t, async () => {
    const run = async (program: string, ...args: (string | asyncio.RunProcessOptions)[]) =>
      String((await asyncio.runProcess(program, ...(args as string[]))).stdout).trim();
    assert.equal(await run("pwd", { cwd: folder }), folder);
    assert.equal(await run("env", { env: { ONE: "1", TWO: undefined, PATH: process.env["PATH"] } }), `ONE=1\nPATH=${process.env["PATH"]}`);
    assert.equal(
      await run("called-otherwise", "-c", 'echo "$0 $*"', "zero", "one", "two words", { executable: "/bin/sh" }),
      "zero one two words",
    );
    assert.equal(await run("sh", "-c", `cat /dev/fd/${fd}`, { passFds: [fd] }), "passed on");
    const { returncode } = await asyncio.runProcess("sh", "-c", `cat /dev/fd/${fd}`);
    assert.notEqual(returncode, 0); // Not given, not there.
  });
  closeSync(fd);
});

eachLoop("descriptors and FileHandles can be standard streams, stderr can go where stdout goes", async (t) => {
  const folder = folderOf(t);
  const [input, output] = [path.join(folder, "in"), path.join(folder, "out")];
  writeFileSync(input, "from a file\n");
  await leavingNothing(t, async () => {
    const reading = await open(input, "r");
    const writing = openSync(output, "w");
    const child = await asyncio.createSubprocessShell("cat; echo err >&2", { stdin: reading, stdout: writing, stderr: STDOUT });
    assert.equal(await child.wait(), 0);
    closeSync(writing);
    await reading.close();
    assert.equal(readFileSync(output, "utf8"), "from a file\nerr\n");
    const silent = await asyncio.createSubprocessShell("cat; echo x; echo y >&2", { stdin: DEVNULL, stdout: DEVNULL, stderr: STDOUT });
    assert.deepEqual(await silent.communicate(), [null, null]);
    const mixed = await asyncio.createSubprocessShell("echo x; echo y >&2; echo z", { stdout: PIPE, stderr: STDOUT });
    assert.deepEqual((await mixed.communicate()).map(String), ["x\ny\nz\n", "null"]);
  });
});

eachLoop(
  "startNewSession makes the process the leader of a session",
  async (t) => {
    await leavingNothing(t, async () => {
      for (const startNewSession of [true, false]) {
        const child = await asyncio.createSubprocessExec("cat", { stdin: PIPE, startNewSession });
        const session = Number(readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]!.split(" ")[3]);
        assert.equal(session === child.pid, startNewSession);
        await child.communicate();
      }
    });
  },
  { skip: isLinux ? false : "it reads /proc" },
);

eachLoop(
  "uid and gid are those of the child",
  async (t) => {
    await leavingNothing(t, async () => {
      const { stdout } = await asyncio.runProcess("sh", "-c", "id -u; id -g", { uid: 65534, gid: 65534 });
      assert.equal(String(stdout), "65534\n65534\n");
    });
  },
  { skip: isRoot ? false : "only root may set them" },
);

eachLoop("what cannot be started rejects with the system's error and leaves nothing open", async (t) => {
  const folder = folderOf(t);
  const plain = path.join(folder, "plain");
  writeFileSync(plain, "not to be run");
  const pipes = { stdin: PIPE, stdout: PIPE, stderr: PIPE };
  await leavingNothing(t, async () => {
    const start = asyncio.createSubprocessExec;
    for (let i = 0; i < 20; i++) {
      await assert.rejects(async () => start("/nonexistent/program", "arg", pipes), { code: "ENOENT", path: "/nonexistent/program" });
      await assert.rejects(async () => start("no-such-program-anywhere", pipes), { code: "ENOENT", syscall: "spawn" });
      await assert.rejects(async () => start(plain, { ...pipes, stderr: STDOUT }), { code: "EACCES", path: plain });
      await assert.rejects(async () => start("true", { ...pipes, cwd: "/nonexistent/folder" }), {
        code: "ENOENT",
        path: "/nonexistent/folder",
      });
      await assert.rejects(async () => start("true", { ...pipes, cwd: plain }), { code: "ENOTDIR", path: plain });
    }
    await assert.rejects(async () => start("true", { stdin: 99_999 }), { code: "EBADF" });
  });
});

eachLoop("wrong arguments are refused before anything is started", async (t) => {
  await leavingNothing(t, async () => {
    const refused = async (type: new (...args: never[]) => Error, ...args: unknown[]) =>
      assert.rejects(async () => asyncio.createSubprocessExec(...(args as [string])), type);
    await refused(TypeError, 1);
    await refused(TypeError, "true", 1, {});
    await refused(asyncio.ValueError, "");
    await refused(asyncio.ValueError, "tr\0ue");
    await refused(asyncio.ValueError, "true", "a\0b");
    await refused(asyncio.ValueError, "true", { env: { "A=B": "1" } });
    await refused(asyncio.ValueError, "true", { env: { A: "\0" } });
    await refused(TypeError, "true", { env: { A: 1 } });
    await refused(asyncio.ValueError, "true", { cwd: "\0" });
    await refused(asyncio.ValueError, "true", { stdout: STDOUT });
    await refused(TypeError, "true", { stdout: -7 });
    await refused(TypeError, "true", { stdin: "pipe" });
    await refused(TypeError, "true", { uid: "root" });
    await refused(TypeError, "true", { passFds: [-1] });
    await refused(TypeError, "true", { passFds: 3 });
    await refused(TypeError, "true", { startNewSession: 1 });
    await refused(TypeError, "true", { timeout: 1 });
    await refused(asyncio.ValueError, "true", { text: true });
    await refused(asyncio.ValueError, "true", { bufsize: 4096 });
    await refused(asyncio.NotImplementedError, "true", { preexecFn: () => {} });
    await refused(TypeError, "true", { limit: 1.5, stdout: PIPE });
    await refused(asyncio.ValueError, "true", { executable: "" });
    await refused(asyncio.ValueError, "true", { cwd: "" });
    for (const env of [["A=B"], new Map([["A", "B"]]), "A=B"]) await refused(TypeError, "true", { env });
    await assert.rejects(async () => asyncio.createSubprocessExec("echo", ["a", "b"] as never), /argument 1 must be .* got an array; use/);
    await assert.rejects(
      async () => asyncio.createSubprocessExec("echo", "a", Buffer.from("b") as never),
      /argument 2 must be a string, got/,
    );
    for (const options of [null, 5, "x", ["x"]]) {
      assert.throws(() => void asyncio.createSubprocessShell("true", options as never), /options must be an object such as/);
    }
    assert.throws(() => void asyncio.runProcess("true", { input: 5 as never }), /input must be a Uint8Array, a string or null, got 5/);
    const child = await asyncio.createSubprocessExec("true");
    for (const wrong of [1, FAKES["a proxy of a Buffer"]!(), FAKES["an object with a Uint8Array's prototype"]!()]) {
      assert.throws(() => void child.communicate(wrong as never), /^TypeError: input must be a Uint8Array, a string or null, got /);
    }
    assert.throws(() => void child.communicate("x"), asyncio.RuntimeError);
    assert.throws(() => void child.wait({ pipes: 1 as never }), TypeError);
    assert.throws(() => void child.wait(0.5 as never), /options must be an object such as { pipes: false }, got 0.5/);
    await child.wait();
  });
});

eachLoop("communicate does not mind a process that does not read its input", async (t) => {
  await leavingNothing(t, async () => {
    const child = await asyncio.createSubprocessShell("exit 5", { stdin: PIPE, stdout: PIPE });
    const [output] = await child.communicate(pattern(1_000_000));
    assert.equal(output!.length, 0);
    assert.equal(child.returncode, 5);
  });
});

eachLoop("drain waits for a process that never reads, and fails when it is killed", async (t) => {
  await leavingNothing(t, async () => {
    const child = await asyncio.createSubprocessExec("sleep", "60", { stdin: PIPE });
    child.stdin!.write(pattern(1_000_000));
    const draining = asyncio.createTask(async () => child.stdin!.drain());
    await turns(20);
    assert.equal(draining.done(), false);
    child.kill();
    await assert.rejects(
      async () => draining,
      (error: NodeJS.ErrnoException) => error.code === "EPIPE" || error.code === "ECONNRESET",
    );
    assert.equal(await child.wait(), -9);
  });
});

eachLoop("killing during communicate gives what was printed", async (t) => {
  const begun = path.join(folderOf(t), "begun");
  await leavingNothing(t, async () => {
    const child = await asyncio.createSubprocessShell(`echo printed; touch ${begun}; exec sleep 60`, { stdin: PIPE, stdout: PIPE });
    const communicating = asyncio.createTask(async () => child.communicate(pattern(500_000)));
    await until(() => existsSync(begun)); // It has printed, and does not read.
    child.kill();
    assert.deepEqual((await communicating).map(String), ["printed\n", "null"]);
    assert.equal(child.returncode, -9);
  });
});

eachLoop("wait counts the pipes that a grandchild keeps, unless it is told not to", async (t) => {
  await leavingNothing(t, async () => {
    const child = await asyncio.createSubprocessShell("sleep 60 & echo $!", { stdout: PIPE });
    const grandchild = Number(await child.stdout!.readline());
    assert.equal(await child.wait({ pipes: false }), 0);
    const waiting = asyncio.createTask(async () => child.stdout!.read());
    await turns(20);
    assert.equal(waiting.done(), false);
    process.kill(grandchild, "SIGKILL");
    assert.equal(String(await waiting), "");
    assert.equal(await child.wait(), 0);
  });
});

eachLoop("several tasks can wait for one process, and one of them be cancelled", async (t) => {
  await leavingNothing(t, async () => {
    const child = await asyncio.createSubprocessExec("cat", { stdin: PIPE });
    const waits = [1, 2, 3].map(() => asyncio.createTask(async () => child.wait()));
    await asyncio.sleep(0);
    waits[0]!.cancel();
    child.stdin!.close();
    await assert.rejects(async () => waits[0]!, asyncio.CancelledError);
    assert.deepEqual(await asyncio.gather(waits[1]!, waits[2]!), [0, 0]);
  });
});

eachLoop("a paused stdout is read when it is wanted, also after the exit", async (t) => {
  await leavingNothing(t, async () => {
    for (const size of [50_000, 500_000]) {
      const child = await asyncio.createSubprocessExec("head", "-c", String(size), "/dev/zero", { stdout: PIPE, limit: 1000 });
      await until(() => buffered(child.stdout!) > 2000); // Reading is paused.
      if (size === 50_000)
        assert.equal(await child.wait({ pipes: false }), 0); // The pipe takes it all.
      else assert.ok(buffered(child.stdout!) < size);
      assert.equal((await child.stdout!.read()).length, size);
      assert.equal(await child.wait(), 0);
    }
  });
});

eachLoop("processes that run when the loop is closed are killed, and leave neither zombie nor descriptor", async (t) => {
  await leavingNothing(t, async () => {
    for (let i = 0; i < 5; i++) await asyncio.createSubprocessExec("sleep", "60", { stdin: PIPE, stdout: PIPE, stderr: STDOUT });
  });
});

eachLoop("cancelling the start of a process leaves none", async (t) => {
  await leavingNothing(t, async () => {
    for (const stderr of [PIPE, STDOUT]) {
      const starting = asyncio.createTask(async () => asyncio.createSubprocessExec("sleep", "60", { stdin: PIPE, stdout: PIPE, stderr }));
      await asyncio.sleep(0);
      starting.cancel();
      await assert.rejects(async () => starting, asyncio.CancelledError);
    }
  });
});

eachLoop("an async disposal kills the process", async (t) => {
  await leavingNothing(t, async () => {
    const child = await asyncio.createSubprocessExec("sleep", "60", { stdout: PIPE });
    await child[Symbol.asyncDispose]();
    assert.equal(child.returncode, -9);
  });
});

eachLoop("runProcess checks, times out and is cancelled, and the process is gone each time", async (t) => {
  const begun = path.join(folderOf(t), "begun");
  await leavingNothing(t, async () => {
    const failed = asyncio.runProcess("sh", "-c", "echo out; echo why >&2; exit 2", { check: true });
    await assert.rejects(
      async () => failed,
      (error) =>
        error instanceof asyncio.CalledProcessError &&
        error.returncode === 2 &&
        String(error.stdout) === "out\n" &&
        /why/.test(error.message),
    );
    await assert.rejects(async () => asyncio.runProcess("sleep", "60", { timeout: 0.05 }), asyncio.TimeoutError);
    // The grandchild holds the pipe; runProcess does not wait for it.
    const quick = asyncio.runProcess("sh", "-c", "sleep 0.5 & exec sleep 60", { timeout: 0.05 });
    await assert.rejects(async () => quick, asyncio.TimeoutError);
    const task = asyncio.createTask(async () => asyncio.runProcess("sh", "-c", `touch ${begun}; exec sleep 60`));
    await until(() => existsSync(begun));
    task.cancel();
    await assert.rejects(async () => task, asyncio.CancelledError);
    assert.throws(() => void asyncio.runProcess("true", { timeout: NaN }), TypeError);
    assert.equal(String((await asyncio.runProcess("cat")).stdout), ""); // No input: the end at once.
  });
});
