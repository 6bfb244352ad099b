/** Reading files: whole, by lines and by characters, with seek() and tell(), encodings and kinds of newlines. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import * as aiofiles from "uvio/aiofiles";
import { failure, on, thrown, type Body } from "../semantics/scenes.js";
import { fileProgram } from "./support.js";

fileProgram("a text file is read as a whole, by characters and by lines", function* (scene, folder) {
  const path = folder.write("poem", "roses\nviolets\n\nno end");
  const file = yield* on(aiofiles.open(path));
  assert.equal(yield* on(file.read(3)), "ros");
  assert.equal(yield* on(file.readline()), "es\n");
  assert.equal(yield* on(file.readline(4)), "viol");
  assert.equal(yield* on(file.readline()), "ets\n");
  assert.equal(yield* on(file.readline()), "\n");
  assert.equal(yield* on(file.read()), "no end");
  assert.equal(yield* on(file.read()), "");
  assert.equal(yield* on(file.readline()), "");
  assert.equal(yield* on(file.seek(0)), 0);
  assert.deepEqual(yield* on(file.readlines()), ["roses\n", "violets\n", "\n", "no end"]);
  yield* on(file.seek(0));
  assert.deepEqual(yield* on(file.readlines(7)), ["roses\n", "violets\n"]);
  yield* on(file.close());
  assert.equal(scene.lines.length, 0);
});

fileProgram("a binary file gives Buffers", function* (_, folder) {
  const path = folder.write("bytes", Buffer.from([1, 2, 10, 0, 255, 10, 7]));
  const file = yield* on(aiofiles.open(path, "rb"));
  assert.deepEqual(yield* on(file.readline()), Buffer.from([1, 2, 10]));
  assert.deepEqual(yield* on(file.read(1)), Buffer.from([0]));
  assert.equal(yield* on(file.tell()), 4);
  const into = new Uint8Array(10);
  assert.equal(yield* on(file.readinto(into)), 3);
  assert.deepEqual([...into.subarray(0, 4)], [255, 10, 7, 0]);
  assert.equal(yield* on(file.readinto(into)), 0);
  assert.equal(yield* on(file.seek(-2, aiofiles.SEEK_END)), 5);
  assert.equal(yield* on(file.seek(1, aiofiles.SEEK_CUR)), 6);
  assert.deepEqual(yield* on(file.read()), Buffer.from([7]));
  yield* on(file.close());
});

fileProgram("lines of any length are found, in whatever blocks they come", function* (_, folder) {
  const lines = [0, 1, 65_534, 65_535, 65_536, 65_537, 200_000, 3].map((length, i) => `${String.fromCharCode(97 + i).repeat(length)}\n`);
  const path = folder.write("long", lines.join(""));
  for (const mode of ["r", "rb"] as const) {
    const file: aiofiles.File<string | Buffer> = yield* on(aiofiles.open(path, mode));
    for (const line of lines) assert.equal(String(yield* on(file.readline())), line);
    assert.equal((yield* on(file.readline())).length, 0);
    yield* on(file.close());
  }
});

fileProgram("iterating gives the lines", function* (scene, folder) {
  const path = folder.write("three", "one\ntwo\nthree");
  yield* on(
    asyncio.asyncWith(
      aiofiles.open(path),
      scene.block(function* (file) {
        const found: string[] = [];
        yield* on(
          asyncio.asyncFor(
            file,
            scene.block(function* (line: string) {
              found.push(line);
            }),
          ),
        );
        assert.deepEqual(found, ["one\n", "two\n", "three"]);
      }),
    ),
  );
});

fileProgram("who leaves the iteration reads on behind the line he has seen; that of a closed file fails", function* (scene, folder) {
  const path = folder.write("three", "one\ntwo\nthree");
  for (const mode of ["r", "rb"] as const) {
    const file: aiofiles.File<string | Buffer> = yield* on(aiofiles.open(path, mode));
    const leave = scene.block(function* () {
      return asyncio.BREAK;
    });
    yield* on(asyncio.asyncFor(file, leave));
    assert.equal(String(yield* on(file.readline())), "two\n");
    const rest: string[] = [];
    for (const _twice of [1, 2]) {
      yield* on(
        asyncio.asyncFor(
          file,
          scene.block(function* (line: string | Buffer) {
            rest.push(String(line));
          }),
        ),
      );
    }
    assert.deepEqual(rest, ["three"]);
    yield* on(file.close());
    yield* failure(asyncio.asyncFor(file, leave), asyncio.ValueError);
  }
});

fileProgram("universal newlines: every line end is read as one, and tell() still knows the bytes", function* (_, folder) {
  const path = folder.write("ends", "a\r\nb\rc\n\r\n\r\re\r");
  const file = yield* on(aiofiles.open(path));
  const seen: [string, number][] = [];
  for (;;) {
    const line = yield* on(file.readline());
    if (line === "") break;
    seen.push([line, yield* on(file.tell())]);
  }
  assert.deepEqual(seen, [["a\n", 3], ["b\n", 5], ["c\n", 7], ["\n", 9], ["\n", 10], ["\n", 11], ["e\n", 13]]); // prettier-ignore
  for (const [i, [, position]] of seen.entries()) {
    yield* on(file.seek(position));
    assert.equal(yield* on(file.readline()), seen[i + 1]?.[0] ?? "");
  }
  yield* on(file.close());
});

fileProgram("a pair of carriage return and newline is one line end also where two blocks meet", function* (_, folder) {
  for (const length of [65_534, 65_535, 65_536]) {
    const path = folder.write("meet", `${"x".repeat(length)}\r\nafter`);
    const file = yield* on(aiofiles.open(path));
    assert.equal((yield* on(file.readline())).length, length + 1);
    assert.equal(yield* on(file.readline()), "after");
    yield* on(file.close());
  }
});

fileProgram("newline chooses what ends a line and what is translated", function* (_, folder) {
  const path = folder.write("ends", "a\r\nb\rc\nd");
  const expected: [aiofiles.Newline, string[]][] = [
    [null, ["a\n", "b\n", "c\n", "d"]],
    ["", ["a\r\n", "b\r", "c\n", "d"]],
    ["\n", ["a\r\n", "b\rc\n", "d"]],
    ["\r", ["a\r", "\nb\r", "c\nd"]],
    ["\r\n", ["a\r\n", "b\rc\nd"]],
  ];
  for (const [newline, lines] of expected) {
    const file = yield* on(aiofiles.open(path, "r", { newline }));
    assert.deepEqual(yield* on(file.readlines()), lines);
    yield* on(file.close());
  }
});

fileProgram("characters of several bytes are whole, wherever a block ends, and seek() goes where tell() was", function* (_, folder) {
  const text = "aé€😀".repeat(20_000);
  for (const encoding of ["utf-8", "utf-16-le"] as const) {
    const path = folder.write("wide", Buffer.from(text, encoding === "utf-8" ? "utf8" : "utf16le"));
    const file = yield* on(aiofiles.open(path, "r", { encoding }));
    assert.equal(yield* on(file.read()), text);
    for (const count of [1, 3, 65_535, 80_003]) {
      yield* on(file.seek(0));
      const head = yield* on(file.read(count));
      const position = yield* on(file.tell());
      const tail = yield* on(file.read());
      assert.equal(head + tail, text);
      yield* on(file.seek(position));
      assert.equal(yield* on(file.read()), tail);
    }
    yield* on(file.close());
  }
});

fileProgram("a surrogate pair is never halved", function* (_, folder) {
  const file = yield* on(aiofiles.open(folder.write("smile", "😀😀a")));
  assert.equal(yield* on(file.read(1)), "😀");
  assert.equal(yield* on(file.read(3)), "😀a");
  yield* on(file.close());
});

fileProgram("what is no text in the encoding is an error when the reading gets there, and not before", function* (_, folder) {
  const path = folder.write("bad", Buffer.from("good line\nb\u00e4d \xff line\n", "latin1"));
  const file = yield* on(aiofiles.open(path));
  assert.equal(yield* on(file.readline()), "good line\n");
  const error = yield* wrong(file.readline());
  assert.match(error.message, /'utf-8' codec can't decode byte 0xe4 in position 11/);
  assert.equal(error.start, 11);
  assert.ok(error instanceof asyncio.ValueError);
  yield* wrong(file.read());
  yield* on(file.seek(0));
  assert.equal(yield* on(file.readline()), "good line\n");
  yield* on(file.close());

  const replaced = yield* on(aiofiles.open(path, "r", { errors: "replace" }));
  yield* on(replaced.readline());
  assert.equal(yield* on(replaced.read(5)), "b\ufffdd \ufffd");
  assert.equal(yield* on(replaced.tell()), 15);
  assert.equal(yield* on(replaced.read()), " line\n");
  yield* on(replaced.close());

  const latin = yield* on(aiofiles.open(path, "r", { encoding: "ISO-8859-1" }));
  assert.deepEqual(yield* on(latin.readlines()), ["good line\n", "bäd ÿ line\n"]);
  yield* on(latin.close());

  const ascii = yield* on(aiofiles.open(path, "r", { encoding: "ascii" }));
  assert.equal((yield* wrong(ascii.read())).start, 11);
  yield* on(ascii.close());

  function* wrong(target: asyncio.Awaitable<unknown>): Body<aiofiles.UnicodeDecodeError> {
    return yield* failure(target, aiofiles.UnicodeDecodeError);
  }
});

fileProgram("half a character at the end of the file is an error, or replaced", function* (_, folder) {
  const path = folder.write("half", Buffer.from([0x61, 0xe2, 0x82]));
  const file = yield* on(aiofiles.open(path));
  assert.match((yield* failure(file.read(), aiofiles.UnicodeDecodeError)).message, /unexpected end of data/);
  assert.equal(yield* on(file.read(1)), "a");
  yield* on(file.close());
  const replaced = yield* on(aiofiles.open(path, "r", { errors: "replace" }));
  assert.equal(yield* on(replaced.read()), "a\ufffd");
  yield* on(replaced.close());
});

fileProgram("a file that has grown since its end was met goes on", function* (_, folder) {
  const path = folder.write("log", "one\n");
  const reader = yield* on(aiofiles.open(path));
  const writer = yield* on(aiofiles.open(path, "a"));
  assert.equal(yield* on(reader.read()), "one\n");
  yield* on(writer.write("two\n"));
  yield* on(writer.flush());
  assert.equal(yield* on(reader.readline()), "two\n");
  yield* on(reader.close());
  yield* on(writer.close());
});

fileProgram("what a file was not opened for is UnsupportedOperation", function* (_, folder) {
  const path = folder.write("file", "x\n");
  const writer = yield* on(aiofiles.open(path, "a"));
  assert.equal(writer.readable(), false);
  for (const target of [writer.read(), writer.readline(), writer.readlines()]) {
    assert.match((yield* failure(target, aiofiles.UnsupportedOperation)).message, /^not readable/);
  }
  yield* on(writer.close());
  const reader = yield* on(aiofiles.open(path));
  assert.equal(reader.writable(), false);
  for (const target of [reader.write("a"), reader.writelines(["a"]), reader.truncate()]) {
    assert.match((yield* failure(target, aiofiles.UnsupportedOperation)).message, /^not writable/);
  }
  yield* failure(reader.seek(1, aiofiles.SEEK_CUR), aiofiles.UnsupportedOperation);
  yield* failure(reader.seek(-1, aiofiles.SEEK_END), aiofiles.UnsupportedOperation);
  assert.equal(yield* on(reader.seek(0, aiofiles.SEEK_END)), 2);
  yield* on(reader.close());
});

fileProgram("a closed file refuses everything, and closing again does nothing", function* (_, folder) {
  for (const mode of ["r+", "r+b"] as const) {
    const file = yield* on(aiofiles.open(folder.write("file", "x\n"), mode));
    assert.equal(file.closed, false);
    yield* on(file.close());
    yield* on(file.close());
    assert.equal(file.closed, true);
    const refused = [
      file.read(),
      file.readline(),
      file.readlines(),
      file.write("a"),
      file.seek(0),
      file.tell(),
      file.flush(),
      file.truncate(),
    ];
    for (const target of refused) {
      assert.match((yield* failure(target, asyncio.ValueError)).message, /^I\/O operation on closed file/);
    }
    thrown(() => file.fileno(), asyncio.ValueError);
    thrown(() => file.readable(), asyncio.ValueError);
  }
});
