/** Writing files: modes, flush, truncate, newlines, encodings, buffering, and several writers. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { EOL } from "node:os";
import * as asyncio from "uvio";
import * as aiofiles from "uvio/aiofiles";
import { failure, on, thrown } from "../semantics/scenes.js";
import { FAKES, LIES } from "../support/lying-arrays.js";
import { fileProgram, systemFailure } from "./support.js";

fileProgram("write gives the length, and close hands all of it to the system", function* (_, folder) {
  const file = yield* on(aiofiles.open(folder.join("new"), "w"));
  assert.equal(file.mode, "w");
  assert.equal(file.name, folder.join("new"));
  assert.equal(yield* on(file.write("häß\n")), 4);
  assert.equal(folder.read("new"), "", "it waits for more");
  yield* on(file.writelines(["a", "b\n"]));
  yield* on(file.close());
  assert.equal(folder.read("new"), Buffer.from("häß\nab\n").toString("latin1"));
});

fileProgram("what was written is seen after flush, and what is long at once", function* (_, folder) {
  const file = yield* on(aiofiles.open(folder.join("new"), "wb"));
  yield* on(file.write("abc"));
  yield* on(file.flush());
  assert.equal(folder.read("new"), "abc");
  assert.equal(yield* on(file.write(Buffer.alloc(100_000, "x"))), 100_000);
  assert.equal(folder.read("new").length, 100_003);
  yield* on(file.close());
});

fileProgram("the caller may change its buffer when the write is done", function* (_, folder) {
  const file = yield* on(aiofiles.open(folder.join("new"), "wb"));
  const data = Buffer.from("first");
  yield* on(file.write(data));
  data.fill("x");
  yield* on(file.close());
  assert.equal(folder.read("new"), "first");
});

fileProgram("a lying array is written and filled as long as it is", function* (_, folder) {
  for (const [what, lie] of Object.entries(LIES)) {
    const file = yield* on(aiofiles.open(folder.join("lie"), "w+b"));
    assert.equal(yield* on(file.write(lie(Buffer.from("its bytes")))), 9, what);
    yield* on(file.writelines([lie(Buffer.from(" and ")), lie(Buffer.from("more"))]));
    yield* on(file.seek(0));
    const into = lie(new Uint8Array(11));
    assert.equal(yield* on(file.readinto(into)), 11, what);
    assert.deepEqual(
      [into[0], into[10]],
      [..."ia"].map((char) => char.charCodeAt(0)),
      what,
    );
    assert.equal(String(yield* on(file.read())), "nd more", what);
    yield* on(file.close());
  }
  const file = yield* on(aiofiles.open(folder.join("fake"), "w+b"));
  for (const [what, fake] of Object.entries(FAKES)) {
    assert.throws(() => void file.write(fake() as Uint8Array), /^TypeError: data must be a Uint8Array or a string, got /, what);
    assert.throws(() => void file.readinto(fake() as Uint8Array), /^TypeError: into must be a Buffer or another Uint8Array, got /, what);
  }
  yield* on(file.close());
});

fileProgram("the modes: r, w, a, x, and + for both ways", function* (_, folder) {
  const path = folder.write("file", "0123456789");
  const updated = yield* on(aiofiles.open(path, "r+"));
  assert.equal(yield* on(updated.read(2)), "01");
  yield* on(updated.write("ab"));
  assert.equal(yield* on(updated.read(2)), "45");
  assert.equal(yield* on(updated.tell()), 6);
  yield* on(updated.close());
  assert.equal(folder.read("file"), "01ab456789");

  const appended = yield* on(aiofiles.open(path, "a+b"));
  assert.equal(yield* on(appended.tell()), 10);
  yield* on(appended.seek(0));
  yield* on(appended.write("end"));
  assert.equal(yield* on(appended.tell()), 13);
  yield* on(appended.seek(8));
  assert.equal(String(yield* on(appended.read())), "89end");
  yield* on(appended.close());

  const emptied = yield* on(aiofiles.open(path, "w+"));
  assert.equal(yield* on(emptied.read()), "");
  yield* on(emptied.write("new"));
  yield* on(emptied.seek(0));
  assert.equal(yield* on(emptied.read()), "new");
  yield* on(emptied.close());

  yield* systemFailure(aiofiles.open(path, "x"), "EEXIST");
  const created = yield* on(aiofiles.open(folder.join("fresh"), "xt"));
  yield* on(created.close());
  assert.ok(existsSync(folder.join("fresh")));
});

fileProgram("writing in the middle of what was read begins at the position, not after the block", function* (_, folder) {
  const path = folder.write("file", "one\r\ntwo\r\nthree\r\n");
  const file = yield* on(aiofiles.open(path, "r+"));
  assert.equal(yield* on(file.readline()), "one\n");
  yield* on(file.write("TWO"));
  yield* on(file.flush());
  assert.equal(yield* on(file.read()), "\nthree\n");
  yield* on(file.close());
  assert.equal(folder.read("file"), "one\r\nTWO\r\nthree\r\n");
});

fileProgram("truncate cuts or lengthens, and leaves the position", function* (_, folder) {
  const path = folder.write("file", "0123456789");
  const file = yield* on(aiofiles.open(path, "r+b"));
  yield* on(file.read(4));
  assert.equal(yield* on(file.truncate()), 4);
  assert.equal(folder.read("file"), "0123");
  assert.equal(yield* on(file.truncate(6)), 6);
  assert.equal(String(yield* on(file.read())), "\0\0");
  assert.equal(yield* on(file.truncate(0)), 0);
  assert.equal(yield* on(file.tell()), 6);
  yield* on(file.close());
});

fileProgram("newline says what is written for a line end", function* (_, folder) {
  const expected: [aiofiles.Newline, string][] = [[null, `a${EOL}b\r`], ["", "a\nb\r"], ["\n", "a\nb\r"], ["\r", "a\rb\r"], ["\r\n", "a\r\nb\r"]]; // prettier-ignore
  for (const [newline, written] of expected) {
    const file = yield* on(aiofiles.open(folder.join("file"), "w", { newline }));
    assert.equal(yield* on(file.write("a\nb\r")), 4);
    yield* on(file.close());
    assert.equal(folder.read("file"), written);
  }
});

fileProgram("what the encoding has not is an error, or replaced", function* (_, folder) {
  const open = (options: aiofiles.OpenOptions) => aiofiles.open(folder.join("file"), "w", options);
  const latin = yield* on(open({ encoding: "latin-1" }));
  const error = yield* failure(latin.write("aé€"), aiofiles.UnicodeEncodeError);
  assert.equal(error.start, 2);
  yield* on(latin.write("é"));
  yield* on(latin.close());
  assert.equal(folder.read("file"), "é");
  const replacing = yield* on(open({ encoding: "ascii", errors: "replace" }));
  yield* on(replacing.write("aé😀b"));
  yield* on(replacing.close());
  assert.equal(folder.read("file"), "a??b");
  const utf8 = yield* on(open({}));
  yield* failure(utf8.write("\ud83d"), aiofiles.UnicodeEncodeError);
  yield* on(utf8.close());
});

fileProgram("buffering: none, by lines, or so many bytes", function* (_, folder) {
  const none = yield* on(aiofiles.open(folder.join("none"), "wb", { buffering: 0 }));
  yield* on(none.write("a"));
  assert.equal(folder.read("none"), "a");
  yield* on(none.close());
  const lines = yield* on(aiofiles.open(folder.join("lines"), "w", { buffering: 1 }));
  yield* on(lines.write("half"));
  assert.equal(folder.read("lines"), "");
  yield* on(lines.write(" a line\nand"));
  assert.equal(folder.read("lines"), "half a line\nand");
  yield* on(lines.close());
  const few = yield* on(aiofiles.open(folder.join("few"), "wb", { buffering: 3 }));
  yield* on(few.write("ab"));
  assert.equal(folder.read("few"), "");
  yield* on(few.write("cd"));
  assert.equal(folder.read("few"), "abcd");
  yield* on(few.close());
});

fileProgram("several tasks may write to one file: no write is torn", function* (scene, folder) {
  const file = yield* on(aiofiles.open(folder.join("file"), "w", { buffering: 100 }));
  const words = ["alpha", "beta", "gamma"];
  const tasks = words.map((word) =>
    scene.task(function* () {
      for (let i = 0; i < 50; i++) yield* on(file.write(`${word} ${i}\n`));
    }),
  );
  for (const task of tasks) yield* on(task);
  yield* on(file.close());
  const lines = folder.read("file").trimEnd().split("\n");
  const expected = words.flatMap((word) => Array.from({ length: 50 }, (_unused, i) => `${word} ${i}`));
  assert.deepEqual(lines.sort(), expected.sort());
});

fileProgram("wrong arguments are told at once", function* (_, folder) {
  const path = folder.join("file");
  for (const mode of ["", "q", "rw", "rr", "bt", "rbt", "U", "+"]) thrown(() => aiofiles.open(path, mode), asyncio.ValueError);
  thrown(() => aiofiles.open(path, 3 as never), TypeError);
  thrown(() => aiofiles.open(3 as never), TypeError);
  thrown(() => aiofiles.open(path, "rb", { encoding: "utf-8" }), asyncio.ValueError);
  thrown(() => aiofiles.open(path, "r", { buffering: 0 }), asyncio.ValueError);
  thrown(() => aiofiles.open(path, "r", { newline: "x" as never }), asyncio.ValueError);
  thrown(() => aiofiles.open(path, "r", { errors: "ignore" as never }), asyncio.ValueError);
  assert.match(thrown(() => aiofiles.open(path, "r", { encoding: "ebcdic" }), asyncio.LookupError).message, /unknown encoding: ebcdic/);
  const file = yield* on(aiofiles.open(path, "w+"));
  thrown(() => file.write(Buffer.from("a") as never), TypeError);
  thrown(() => file.read(1.5), TypeError);
  thrown(() => file.writelines("abc"), TypeError);
  thrown(() => file.seek(0, 3), asyncio.ValueError);
  yield* failure(file.seek(-1), asyncio.ValueError);
  thrown(() => file.truncate(-1), asyncio.ValueError);
  yield* on(file.close());
});
