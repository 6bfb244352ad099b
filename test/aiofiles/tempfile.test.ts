/** Temporary files and directories: their names, their removal, and spooled files in memory and on the disk. */
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname } from "node:path";
import * as asyncio from "uvio";
import * as aiofiles from "uvio/aiofiles";
import { failure, on, thrown } from "../semantics/scenes.js";
import { fileProgram } from "./support.js";

const { tempfile, os } = aiofiles;

fileProgram("a temporary file has no name, and is read back", function* (scene, folder) {
  yield* on(
    asyncio.asyncWith(
      tempfile.TemporaryFile("w+", { dir: folder.path }),
      scene.block(function* (file) {
        assert.deepEqual(folder.names(), []);
        yield* on(file.write("kept"));
        yield* on(file.seek(0));
        assert.equal(yield* on(file.read()), "kept");
      }),
    ),
  );
  const binary = yield* on(tempfile.TemporaryFile());
  assert.equal(binary.mode, "w+b");
  yield* on(binary.close());
});

fileProgram("a named temporary file is removed when it is closed, unless it is to stay", function* (_, folder) {
  const file = yield* on(tempfile.NamedTemporaryFile("w", { dir: folder.path, prefix: "pre", suffix: ".txt" }));
  const path = String(file.name);
  assert.equal(dirname(path), folder.path);
  assert.match(basename(path), /^pre[0-9a-f]{12}\.txt$/);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  yield* on(file.close());
  assert.deepEqual(folder.names(), []);

  const kept = yield* on(tempfile.NamedTemporaryFile("w", { dir: folder.path, delete: false }));
  yield* on(kept.write("a"));
  yield* on(kept.close());
  assert.equal(folder.read(basename(String(kept.name))), "a");

  const removed = yield* on(tempfile.NamedTemporaryFile("w", { dir: folder.path }));
  yield* on(os.remove(removed.name));
  yield* on(removed.close());
});

fileProgram("a spooled file stays in memory until it is too long", function* (_, folder) {
  const file = yield* on(tempfile.SpooledTemporaryFile(10, "w+", { dir: folder.path }));
  yield* on(file.write("12345"));
  yield* on(file.flush());
  assert.match(thrown(() => file.fileno(), aiofiles.UnsupportedOperation).message, /rollover/);
  yield* on(file.write("6789012345"));
  yield* on(file.flush());
  assert.ok(file.fileno() > 2);
  assert.deepEqual(folder.names(), []);
  yield* on(file.seek(3));
  assert.equal(yield* on(file.read()), "456789012345");
  yield* on(file.close());
});

fileProgram("a spooled file behaves in memory as on the disk", function* (_, folder) {
  const spooled = yield* on(tempfile.SpooledTemporaryFile());
  const rolled = yield* on(tempfile.SpooledTemporaryFile(0, "w+b", { dir: folder.path }));
  yield* on(rolled.rollover());
  assert.ok(rolled.fileno() > 2);
  const results: unknown[][] = [[], []];
  for (const [i, file] of [spooled, rolled].entries()) {
    yield* on(file.seek(5));
    yield* on(file.write("abc"));
    yield* on(file.truncate(7));
    yield* on(file.seek(0, aiofiles.SEEK_END));
    results[i]!.push(yield* on(file.tell()));
    yield* on(file.truncate(3));
    yield* on(file.truncate(6));
    yield* on(file.seek(10));
    yield* on(file.write("z"));
    yield* on(file.seek(0));
    results[i]!.push(String(yield* on(file.read())), yield* on(file.tell()), String(yield* on(file.read())));
    yield* on(file.close());
  }
  assert.deepEqual(results[0], results[1]);
  assert.deepEqual(results[0], [7, "\0".repeat(10) + "z", 11, ""]);
});

fileProgram("a temporary directory goes with all that is in it", function* (scene, folder) {
  const block = scene.block(function* (path: string) {
    assert.match(basename(path), /^work/);
    yield* on(os.makedirs(`${path}/a/b`));
    const file = yield* on(aiofiles.open(`${path}/a/b/file`, "x"));
    yield* on(file.close());
    return path;
  });
  const path = yield* on(asyncio.asyncWith(tempfile.TemporaryDirectory({ prefix: "work", dir: folder.path }), block));
  assert.equal(existsSync(path), false);

  const made = yield* on(tempfile.TemporaryDirectory());
  assert.equal(dirname(made.name), tmpdir());
  assert.equal(statSync(made.name).mode & 0o777, 0o700);
  yield* on(made.cleanup());
  yield* on(made.cleanup());
  assert.equal(existsSync(made.name), false);
});

fileProgram("wrong arguments are told at once, and no file is made", function* (_, folder) {
  thrown(() => tempfile.TemporaryFile("q"), asyncio.ValueError);
  thrown(() => tempfile.NamedTemporaryFile("w", { prefix: 3 as never }), TypeError);
  thrown(() => tempfile.SpooledTemporaryFile(-1), TypeError);
  thrown(() => tempfile.TemporaryDirectory({ dir: 3 as never }), TypeError);
  const error = (yield* failure(tempfile.TemporaryDirectory({ dir: folder.join("none") }), Error)) as NodeJS.ErrnoException;
  assert.equal(error.code, "ENOENT");
  assert.deepEqual(folder.names(), []);
});
