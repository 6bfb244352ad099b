/** Iterating a StreamReader by line: `for await` in async functions, `asyncFor` in generators. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { on, SPELLINGS, Writer, type Body, type Spelling } from "../support/spellings.js";

/** `async for line in lines: look(line)`, until `look` gives BREAK. */
function* forEach(spelling: Spelling, lines: AsyncIterable<Buffer>, look: (line: string) => unknown): Body<void> {
  const asGenerator = () =>
    asyncio.asyncFor(lines, function* (line) {
      return look(String(line));
    });
  const asAsync = async () => {
    for await (const line of lines) if (look(String(line)) === asyncio.BREAK) break;
  };
  yield* on(spelling === "generator" ? asGenerator() : asAsync());
}

function* failure(body: Body<unknown>): Body<unknown> {
  try {
    yield* body;
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

const leave = () => asyncio.BREAK;

for (const spelling of SPELLINGS) {
  const writer = new Writer(spelling);
  /** A program over a reader with a limit of 20, which `feed` feeds in turns of their own. */
  const program = (name: string, body: (reader: asyncio.StreamReader, feed: (...pieces: (string | null)[]) => void) => Body<void>): void =>
    eachLoop(`${name}, ${spelling}`, async (t) => {
      const main = writer.fn(function* main() {
        const loop = asyncio.getRunningLoop();
        const reader = new asyncio.StreamReader({ limit: 20 });
        const feed = (...[piece, ...rest]: (string | null)[]): void => {
          if (piece === null) reader.feedEof();
          else if (piece !== undefined) reader.feedData(Buffer.from(piece));
          if (rest.length > 0) loop.callSoon(feed, ...rest);
        };
        yield* body(reader, feed);
      });
      await t.run(main.lazy());
    });

  program("lines that are there, and lines that come, are given one a step, the last without its end", function* (reader, feed) {
    const found: string[] = [];
    feed("one\ntwo\nth", "ree", "\n", "\nfi", "ve", "\nsix\n", "unended", null);
    yield* forEach(spelling, reader, (line) => void found.push(line));
    assert.deepEqual(found, ["one\n", "two\n", "three\n", "\n", "five\n", "six\n", "unended"]);
    assert.ok(reader.atEof());
    yield* forEach(spelling, reader, () => assert.fail("a line after the end"));
  });

  program("who leaves the loop reads on behind the line that was seen", function* (reader, feed) {
    feed("one\ntwo\nthree\nfour\n");
    yield* forEach(spelling, reader, leave);
    assert.equal(String(yield* on(reader.readline())), "two\n");
    const lines = reader[Symbol.asyncIterator]();
    yield* forEach(spelling, lines, leave);
    yield* forEach(spelling, lines, leave);
    feed("fi", "ve\n", null);
    const rest: string[] = [];
    yield* forEach(spelling, reader, (line) => void rest.push(line));
    assert.deepEqual(rest, ["five\n"]);
  });

  for (const [what, pieces, message] of [
    ["there already", [`${"x".repeat(30)}\nshort\n`, null], /^Separator is found, but chunk is longer than limit$/],
    ["still to come", ["", "x".repeat(15), "x".repeat(15), "short\n", null], /^Separator is not found, and chunk exceed the limit$/],
  ] as const) {
    program(`a line over the limit, ${what}, is readline's ValueError, and the next can be read`, function* (reader, feed) {
      feed(...pieces);
      const error = yield* failure(forEach(spelling, reader, () => assert.fail("the long line")));
      assert.ok(error instanceof asyncio.ValueError);
      assert.match(error.message, message);
      const rest: string[] = [];
      yield* forEach(spelling, reader, (line) => void rest.push(line));
      assert.deepEqual(rest, ["short\n"]);
    });
  }

  program("the error that the connection was lost to ends the loop, also while it waits", function* (reader, feed) {
    const lost = new Error("lost");
    const seen: string[] = [];
    feed("one\n");
    asyncio.getRunningLoop().callSoon(() => reader.setException(lost));
    assert.equal(yield* failure(forEach(spelling, reader, (line) => void seen.push(line))), lost);
    assert.deepEqual(seen, ["one\n"]);
    assert.equal(yield* failure(forEach(spelling, reader, leave)), lost);
  });

  program("a loop that waits can be cancelled, and nothing is lost by it", function* (reader, feed) {
    const seen: string[] = [];
    const look = writer.fn(() => forEach(spelling, reader, (line) => void seen.push(line)));
    feed("one\nhalf");
    const task = asyncio.createTask(look.lazy());
    while (seen.length === 0) yield* on(asyncio.sleep(0));
    const second = yield* failure(on(reader.readline()));
    assert.match(String(second), /RuntimeError: readline\(\) called while another coroutine is already waiting/);
    task.cancel();
    assert.ok(asyncio.isCancelled(yield* failure(on(task))));
    feed(" a line\n", null);
    assert.equal(String(yield* on(reader.readline())), "half a line\n");
  });

  for (const [ending, outcome] of [
    ["finds its data taken by another", /RuntimeError: read\(\) called while another coroutine is already waiting/],
    ["is cancelled as it is woken", /CancelledError/],
  ] as const) {
    program(`a read that ${ending} leaves the one that waits by then its data`, function* (reader, feed) {
      const read = writer.fn(function* read() {
        return String(yield* on(reader.read(1)));
      });
      const woken = asyncio.createTask(read.lazy());
      yield* on(asyncio.sleep(0));
      // They run before the task that the data wakes.
      const quick = asyncio.createTask(read.lazy());
      const waiting = asyncio.createTask(read.lazy());
      feed("a");
      if (ending === "is cancelled as it is woken") woken.cancel();
      assert.match(String(yield* failure(on(woken))), outcome);
      assert.equal(yield* on(quick), "a");
      feed("b", null);
      assert.equal(yield* on(waiting), "b");
    });
  }
}

eachLoop("next() and return() of the iterator are those of JavaScript's", async (t) => {
  await t.run(async () => {
    const reader = new asyncio.StreamReader();
    const lines = reader[Symbol.asyncIterator]();
    assert.equal(lines[Symbol.asyncIterator](), lines);
    reader.feedData(Buffer.from("one\ntwo"));
    assert.deepEqual(await lines.next(), { done: false, value: Buffer.from("one\n") });
    assert.deepEqual(await lines.return!(), { done: true, value: undefined });
    const waiting = lines.next();
    await assert.rejects(lines.next(), /RuntimeError: readline\(\) called while another coroutine/);
    reader.feedEof();
    assert.deepEqual(await waiting, { done: false, value: Buffer.from("two") });
    assert.deepEqual(await lines.next(), { done: true, value: undefined });
  });
});
