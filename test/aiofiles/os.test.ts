/** aiofiles.os and aiofiles.os.path. */
import assert from "node:assert/strict";
import { statSync, utimesSync } from "node:fs";
import { sep } from "node:path";
import * as asyncio from "uvio";
import * as aiofiles from "uvio/aiofiles";
import { on, thrown } from "../semantics/scenes.js";
import { fileProgram, systemFailure } from "./support.js";

const { os } = aiofiles;

fileProgram("names are made, renamed and removed", function* (_, folder) {
  yield* on(os.mkdir(folder.join("a")));
  yield* systemFailure(os.mkdir(folder.join("a")), "EEXIST");
  folder.write("file", "one");
  folder.write("other", "two");
  yield* on(os.rename(folder.join("file"), folder.join("a", "file")));
  yield* on(os.replace(folder.join("other"), folder.join("a", "file")));
  assert.equal(folder.read("a/file"), "two");
  yield* on(os.link(folder.join("a", "file"), folder.join("hard")));
  yield* on(os.symlink("a/file", folder.join("soft")));
  assert.equal(yield* on(os.readlink(folder.join("soft"))), "a/file");
  assert.deepEqual((yield* on(os.listdir(folder.path))).sort(), ["a", "hard", "soft"]);
  yield* systemFailure(os.rmdir(folder.join("a")), "ENOTEMPTY");
  yield* on(os.remove(folder.join("a", "file")));
  yield* on(os.unlink(folder.join("hard")));
  yield* on(os.unlink(folder.join("soft")));
  yield* on(os.rmdir(folder.join("a")));
  assert.deepEqual(folder.names(), []);
  yield* systemFailure(os.remove(folder.join("none")), "ENOENT");
  yield* systemFailure(os.listdir(folder.join("none")), "ENOENT");
});

fileProgram("makedirs, removedirs and renames take care of the directories above", function* (_, folder) {
  folder.write("keep", "");
  const deep = folder.join("a", "b", "c");
  yield* on(os.makedirs(deep));
  yield* systemFailure(os.makedirs(deep), "EEXIST");
  yield* on(os.makedirs(deep, 0o777, { existOk: true }));
  folder.write("a/file", "");
  yield* systemFailure(os.makedirs(folder.join("a", "file"), 0o777, { existOk: true }), "EEXIST");
  yield* on(os.removedirs(deep));
  assert.deepEqual(yield* on(os.listdir(folder.join("a"))), ["file"]);
  yield* on(os.renames(folder.join("a", "file"), folder.join("x", "y", "file")));
  assert.deepEqual(folder.names(), ["keep", "x"]);
});

fileProgram("stat, lstat, access and statvfs", function* (_, folder) {
  const path = folder.write("file", "12345");
  yield* on(os.symlink("file", folder.join("link")));
  assert.equal((yield* on(os.stat(folder.join("link")))).size, 5);
  assert.equal((yield* on(os.lstat(folder.join("link")))).isSymbolicLink(), true);
  assert.equal((yield* on(os.stat(folder.join("link"), { followSymlinks: false }))).isSymbolicLink(), true);
  assert.equal(yield* on(os.access(path, os.R_OK | os.W_OK)), true);
  assert.equal(yield* on(os.access(path, os.F_OK)), true);
  assert.equal(yield* on(os.access(folder.join("none"), os.F_OK)), false);
  assert.ok((yield* on(os.statvfs(folder.path))).bsize > 0);
  assert.equal(yield* on(os.getcwd()), process.cwd());
  yield* systemFailure(os.stat(folder.join("none")), "ENOENT");
});

fileProgram("os.path looks and does not fail", function* (_, folder) {
  const path = folder.write("file", "12345");
  yield* on(os.symlink("nowhere", folder.join("broken")));
  yield* on(os.symlink("file", folder.join("link")));
  utimesSync(path, 1000, 2000.5);
  const { path: p } = os;
  const table: [name: string, exists: boolean, lexists: boolean, isfile: boolean, isdir: boolean, islink: boolean][] = [
    ["file", true, true, true, false, false],
    ["link", true, true, true, false, true],
    ["broken", false, true, false, false, true],
    [".", true, true, false, true, false],
    ["none", false, false, false, false, false],
  ];
  for (const [name, exists, lexists, isfile, isdir, islink] of table) {
    const at = folder.join(name);
    assert.equal(yield* on(p.exists(at)), exists, name);
    assert.equal(yield* on(p.lexists(at)), lexists, name);
    assert.equal(yield* on(p.isfile(at)), isfile, name);
    assert.equal(yield* on(p.isdir(at)), isdir, name);
    assert.equal(yield* on(p.islink(at)), islink, name);
  }
  assert.equal(yield* on(p.getsize(path)), 5);
  assert.equal(yield* on(p.getatime(path)), 1000);
  assert.equal(yield* on(p.getmtime(path)), 2000.5);
  assert.equal(yield* on(p.getctime(path)), statSync(path).ctimeMs / 1000);
  assert.equal(yield* on(p.samefile(path, folder.join("link"))), true);
  assert.equal(yield* on(p.samefile(path, folder.path)), false);
  assert.equal(yield* on(p.ismount("/")), true);
  assert.equal(yield* on(p.ismount(folder.path)), false);
  assert.equal(yield* on(p.abspath("a/../b")), `${process.cwd()}${sep}b`);
  yield* systemFailure(p.getsize(folder.join("none")), "ENOENT");
});

fileProgram("scandir gives entries that know what they are", function* (scene, folder) {
  folder.write("file", "12345");
  yield* on(os.mkdir(folder.join("folder")));
  yield* on(os.symlink("folder", folder.join("link")));
  yield* on(os.symlink("nowhere", folder.join("broken")));
  const found = new Map<string, string>();
  const entries = yield* on(os.scandir(folder.path));
  const look = scene.block(function* (entry: aiofiles.os.DirEntry) {
    assert.equal(entry.path, folder.join(entry.name));
    const seen = [
      yield* on(entry.isFile()),
      yield* on(entry.isDir()),
      yield* on(entry.isDir({ followSymlinks: false })),
      entry.isSymlink(),
    ];
    found.set(entry.name, seen.map(Number).join(""));
    if (entry.name === "file") assert.equal((yield* on(entry.stat())).size, 5);
    if (entry.name === "link") assert.equal((yield* on(entry.stat({ followSymlinks: false }))).isSymbolicLink(), true);
  });
  yield* on(asyncio.asyncFor(entries, look));
  assert.deepEqual([...found].sort(), [["broken", "0001"], ["file", "1000"], ["folder", "0110"], ["link", "0101"]]); // prettier-ignore
  yield* on(entries.close());
  yield* systemFailure(os.scandir(folder.join("none")), "ENOENT");
  thrown(() => os.scandir(3 as never), TypeError);
});

fileProgram("a scandir that is left early is closed", function* (scene, folder) {
  for (let i = 0; i < 5; i++) folder.write(`file${i}`, "");
  const block = scene.block(function* (entries: aiofiles.os.ScandirIterator) {
    return (yield* on(entries.nextEntry()))!.name;
  });
  assert.match(yield* on(asyncio.asyncWith(os.scandir(folder.path), block)), /^file/);
  const entries = yield* on(os.scandir(folder.path));
  yield* on(entries.nextEntry());
  yield* on(asyncio.wrapFuture(entries.return()));
  assert.equal(yield* on(entries.nextEntry()), null);
});
