/** Full disks, missing files, pipes, and tasks that are cancelled while they wait for a file. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, constants, existsSync, fstatSync, openSync, writeSync } from "node:fs";
import { test } from "vitest";
import * as asyncio from "uvio";
import * as aiofiles from "uvio/aiofiles";
import { on, failure, turns, type Scene } from "../semantics/scenes.js";
import { unless } from "../support/unless.js";
import { fileProgram, systemFailure, type Folder } from "./support.js";

const noFullDisk = existsSync("/dev/full") ? false : "there is no /dev/full";

/** Asserts that a descriptor is closed. */
function assertClosed(fd: number): void {
  assert.throws(() => fstatSync(fd), { code: "EBADF" });
}

test("what needs /dev/full", unless(noFullDisk), () => undefined);

if (noFullDisk === false) {
  fileProgram("a full disk: the write that has to reach it fails, and the file is closed all the same", function* () {
    for (const mode of ["w", "wb"] as const) {
      const file: aiofiles.File<string | Buffer> = yield* on(aiofiles.open("/dev/full", mode));
      const fd = file.fileno();
      yield* systemFailure(file.write("x".repeat(100_000)), "ENOSPC");
      yield* systemFailure(file.flush(), "ENOSPC");
      yield* systemFailure(file.close(), "ENOSPC");
      assert.equal(file.closed, true);
      assertClosed(fd);
      yield* on(file.close());
    }
  });

  fileProgram("a full disk: what waited to be written fails at the end of the block", function* (scene) {
    let fd = -1;
    const block = asyncio.asyncWith(
      aiofiles.open("/dev/full", "w"),
      scene.block(function* (file) {
        fd = file.fileno();
        assert.equal(yield* on(file.write("short")), 5);
      }),
    );
    yield* systemFailure(block, "ENOSPC");
    assertClosed(fd);
  });
}

fileProgram("what cannot be opened rejects with the system's error", function* (scene, folder) {
  const missing = yield* systemFailure(aiofiles.open(folder.join("no", "file")), "ENOENT");
  assert.equal(missing.syscall, "open");
  assert.equal(missing.path, folder.join("no", "file"));
  const folderError = yield* systemFailure(aiofiles.open(folder.path), "EISDIR");
  assert.equal(folderError.path, folder.path);
  yield* systemFailure(aiofiles.open(folder.path, "w"), "EISDIR");
  const body = scene.block(function* () {
    assert.fail("there is no file");
  });
  yield* systemFailure(asyncio.asyncWith(aiofiles.open(folder.join("none")), body), "ENOENT");
});

fileProgram("one open() opens one file", function* (_, folder) {
  const opening = aiofiles.open(folder.write("file", ""));
  const file = yield* on(opening);
  assert.match((yield* failure(opening, asyncio.RuntimeError)).message, /already awaited/);
  yield* on(file.close());
});

fileProgram("a block that fails closes its file, and its error goes on", function* (scene, folder) {
  let file: aiofiles.TextFile | null = null;
  const error = new Error("of the block");
  const block = asyncio.asyncWith(
    aiofiles.open(folder.join("file"), "w"),
    scene.block(function* (opened) {
      file = opened;
      yield* on(opened.write("kept"));
      throw error;
    }),
  );
  assert.equal(yield* failure(block, Error), error);
  assert.equal(file!.closed, true);
  assert.equal(folder.read("file"), "kept");
});

fileProgram("asyncDispose closes", function* (_, folder) {
  const file = yield* on(aiofiles.open(folder.join("file"), "w"));
  yield* on(asyncio.wrapFuture(file[Symbol.asyncDispose]()));
  assert.equal(file.closed, true);
});

// ---------------------------------------------------------------------------------------------- cancellation

/** A named pipe, of which the test has the writing end. */
function makePipe(folder: Folder): { path: string; write: (data: string) => void; close: () => void } {
  const path = folder.join("pipe");
  execFileSync("mkfifo", [path]);
  // Both ways, so that opening it does not wait for a reader.
  const fd = openSync(path, constants.O_RDWR);
  return { path, write: (data) => void writeSync(fd, data), close: () => closeSync(fd) };
}

/** Starts a task and lets it get to its first wait. */
function* started<T>(scene: Scene, body: () => ReturnType<Parameters<Scene["task"]>[0]>) {
  const task = scene.task(body as () => never) as asyncio.Task<T>;
  yield* turns(3);
  return task;
}

fileProgram("a pipe is read as it comes, and a cancelled read loses nothing", function* (scene, folder) {
  const pipe = makePipe(folder);
  const file = yield* on(aiofiles.open(pipe.path));
  assert.equal(file.seekable(), false);
  yield* failure(file.tell(), aiofiles.UnsupportedOperation);
  yield* failure(file.seek(0), aiofiles.UnsupportedOperation);

  pipe.write("one\ntw");
  assert.equal(yield* on(file.readline()), "one\n");
  const task = yield* started<string>(scene, function* () {
    return yield* on(file.readline());
  });
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
  pipe.write("o\nthree\n");
  assert.equal(yield* on(file.readline()), "two\n");
  assert.equal(yield* on(file.readline()), "three\n");
  pipe.close();
  assert.equal(yield* on(file.readline()), "");
  yield* on(file.close());
});

fileProgram("tasks that read the same file get whole lines, each once", function* (scene, folder) {
  const lines = Array.from({ length: 30_000 }, (_unused, i) => `line ${i}\n`);
  const file = yield* on(aiofiles.open(folder.write("lines", lines.join(""))));
  const found: string[] = [];
  const tasks = Array.from({ length: 4 }, () =>
    scene.task(function* () {
      for (;;) {
        const line = yield* on(file.readline());
        if (line === "") return;
        found.push(line);
        if (found.length % 7 === 0) yield* on(asyncio.sleep(0));
      }
    }),
  );
  for (const task of tasks) yield* on(task);
  assert.deepEqual(found.sort(), lines.sort());
  yield* on(file.close());
});

fileProgram("a write that was accepted is written, though its task was cancelled", function* (scene, folder) {
  const file = yield* on(aiofiles.open(folder.join("file"), "wb"));
  const data = Buffer.alloc(300_000, "a");
  const task = yield* started<number>(scene, function* () {
    return yield* on(file.write(data));
  });
  task.cancel();
  // Whether it was done already is the disk's business.
  yield* on(asyncio.wait([task]));
  data.fill("b");
  yield* on(file.write("end"));
  yield* on(file.close());
  assert.equal(folder.read("file"), "a".repeat(300_000) + "end");
});

fileProgram("a file whose opening was cancelled is closed when it is open", function* (scene, folder) {
  const pipe = makePipe(folder);
  const before = yield* on(aiofiles.os.listdir("/proc/self/fd"));
  const opening = aiofiles.open(pipe.path);
  const task = scene.task(function* () {
    yield* on(opening);
  });
  yield* on(asyncio.sleep(0));
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
  // libuv does one job after the other where there is one thread; with more, the count settles soon after.
  let left: readonly string[];
  do {
    left = yield* on(aiofiles.os.listdir("/proc/self/fd"));
  } while (left.length > before.length);
  pipe.close();
});

fileProgram("close closes, though its task was cancelled", function* (scene, folder) {
  const file = yield* on(aiofiles.open(folder.join("file"), "w"));
  const fd = file.fileno();
  yield* on(file.write("kept"));
  const task = scene.task(function* () {
    yield* on(file.close());
  });
  yield* on(asyncio.sleep(0));
  task.cancel();
  yield* failure(task, asyncio.CancelledError);
  yield* on(file.close()); // Waits for the first.
  assert.equal(folder.read("file"), "kept");
  assertClosed(fd);
});
