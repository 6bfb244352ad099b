/** StreamReader fed by hand. */
import assert from "node:assert/strict";
import { test } from "vitest";
import fc from "fast-check";
import * as asyncio from "uvio";

function run<T>(main: () => Promise<T>): Promise<T> {
  return asyncio.run(main);
}

async function rejection(promise: PromiseLike<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  return assert.fail("it should have failed");
}

/** One read of a program. `playReads` returns the program's results, errors included, for bytes that come in the given pieces. */
type Read = { how: "read" | "readexactly"; count: number } | { how: "readline" } | { how: "readuntil"; separators: string[] };

async function playReads(pieces: readonly Buffer[], reads: readonly Read[], limit: number, ended: boolean): Promise<string[]> {
  const reader = new asyncio.StreamReader({ limit });
  for (const piece of pieces) reader.feedData(piece);
  if (ended) reader.feedEof();
  return playOn(reader, reads);
}

async function playOn(reader: asyncio.StreamReader, reads: readonly Read[]): Promise<string[]> {
  const results: string[] = [];
  for (const read of reads) {
    try {
      const data = await perform(reader, read);
      results.push(`${read.how} ${data.toString("latin1")}`);
    } catch (error) {
      if (error instanceof asyncio.LimitOverrunError) results.push(`${read.how} over the limit, ${error.consumed}`);
      else if (error instanceof asyncio.IncompleteReadError)
        results.push(`${read.how} incomplete ${error.partial.toString("latin1")} of ${error.expected}`);
      else results.push(`${read.how} ${(error as Error).name} ${(error as Error).message}`);
    }
  }
  return results;
}

function perform(reader: asyncio.StreamReader, read: Read): PromiseLike<Buffer> {
  switch (read.how) {
    case "read":
      return reader.read(read.count);
    case "readexactly":
      return reader.readexactly(read.count);
    case "readline":
      return reader.readline();
    case "readuntil":
      return reader.readuntil(read.separators);
  }
}

const letters = fc.string({ unit: fc.constantFrom("a", "b", "\n", ";", "x"), maxLength: 60 });
const reads = fc.array(
  fc.oneof(
    fc.record({ how: fc.constant("read" as const), count: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ how: fc.constant("readexactly" as const), count: fc.integer({ min: 0, max: 12 }) }),
    fc.record({ how: fc.constant("readline" as const) }),
    fc.record({
      how: fc.constant("readuntil" as const),
      separators: fc.array(fc.constantFrom(";", "ab", "\n;", "aab", "x"), { minLength: 1, maxLength: 3 }),
    }),
  ),
  { maxLength: 12 },
);

function cut(text: string, cuts: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text);
  const places = [...new Set(cuts.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((place, i) => bytes.subarray(place, places[i] ?? bytes.length));
}

test("the same bytes give the same results however they were cut, when all are there before the reads", async () => {
  await run(async () => {
    await fc.assert(
      fc.asyncProperty(
        letters,
        fc.array(fc.nat(60), { maxLength: 20 }),
        reads,
        fc.integer({ min: 1, max: 30 }),
        async (text, cuts, program, limit) => {
          const whole = await playReads([Buffer.from(text)], program, limit, true);
          const pieces = await playReads(cut(text, cuts), program, limit, true);
          assert.deepEqual(pieces, whole);
        },
      ),
      { numRuns: 400 },
    );
  });
});

test("lines and blocks come out the same however they were cut, when they come one by one while the reader waits", async () => {
  await run(async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom("a", "b", "é", " "), maxLength: 10 }), { maxLength: 8 }),
        fc.array(fc.nat(200), { maxLength: 30 }),
        async (lines, cuts) => {
          const reader = new asyncio.StreamReader({ limit: 1000 });
          const reading = asyncio.createTask(async () => {
            const found: string[] = [];
            for await (const line of reader) found.push(line.toString());
            return found;
          });
          for (const piece of cut(lines.map((line) => `${line}\n`).join(""), cuts)) {
            reader.feedData(piece);
            await asyncio.sleep(0);
          }
          reader.feedEof();
          assert.deepEqual(
            await reading,
            lines.map((line) => `${line}\n`),
          );
        },
      ),
      { numRuns: 100 },
    );
  });
});

test("blocks and messages come out the same however they were cut, when they come one by one while the reader waits", async () => {
  // The results must not depend on when the bytes come. Therefore the programs contain no read(n), and nothing exceeds the limit.
  const exact = reads.map((program) => program.filter(({ how }) => how !== "read"));
  await run(async () => {
    await fc.assert(
      fc.asyncProperty(letters, fc.array(fc.nat(60), { maxLength: 20 }), exact, async (text, cuts, program) => {
        const whole = await playReads([Buffer.from(text)], program, 1000, true);
        const reader = new asyncio.StreamReader({ limit: 1000 });
        const reading = asyncio.createTask(() => playOn(reader, program));
        for (const piece of cut(text, cuts)) {
          await asyncio.sleep(0);
          reader.feedData(piece);
        }
        await asyncio.sleep(0);
        reader.feedEof();
        assert.deepEqual(await reading, whole);
      }),
      { numRuns: 200 },
    );
  });
});

test("a multi-byte separator is found wherever the cut is", async () => {
  await run(async () => {
    const text = "head\r\n\r\ntail";
    for (let first = 0; first <= text.length; first++) {
      for (let second = first; second <= text.length; second++) {
        const reader = new asyncio.StreamReader();
        const reading = asyncio.createTask(async () => await reader.readuntil("\r\n\r\n"));
        for (const piece of [text.slice(0, first), text.slice(first, second), text.slice(second)]) {
          await asyncio.sleep(0);
          reader.feedData(Buffer.from(piece));
        }
        assert.equal((await reading).toString(), "head\r\n\r\n");
        assert.equal((await reader.read(100)).toString(), "tail");
      }
    }
  });
});

test("of several separators the one that ends first wins, the shorter one at the same place", async () => {
  await run(async () => {
    const reader = new asyncio.StreamReader();
    reader.feedData(Buffer.from("one;two\r\nthree\nab"));
    assert.equal((await reader.readuntil(["\n", ";"])).toString(), "one;");
    assert.equal((await reader.readuntil(["\r\n", "\n"])).toString(), "two\r\n");
    assert.equal((await reader.readuntil(["\r\n", "\n"])).toString(), "three\n");
    assert.equal((await reader.readuntil(["ab", "b"])).toString(), "ab");
  });
});

test("separators that are none are refused", async () => {
  await run(async () => {
    const reader = new asyncio.StreamReader();
    assert.throws(() => reader.readuntil(""), asyncio.ValueError);
    assert.throws(() => reader.readuntil([]), asyncio.ValueError);
    assert.throws(() => reader.readuntil(["a", ""]), asyncio.ValueError);
    assert.throws(() => reader.readuntil(5 as never), TypeError);
    assert.throws(() => reader.readexactly(-1), asyncio.ValueError);
    assert.throws(() => reader.readexactly("1" as never), TypeError);
    assert.throws(() => reader.read(1.5), TypeError);
    assert.throws(() => new asyncio.StreamReader({ limit: 0 }), asyncio.ValueError);
    assert.throws(() => new asyncio.StreamReader({ limit: "1" as never }), TypeError);
  });
});

test("a line may be as long as the limit; a longer one is a ValueError, and reading goes on behind it", async () => {
  await run(async () => {
    const reader = new asyncio.StreamReader({ limit: 4 });
    reader.feedData(Buffer.from("1234\n12345\nrest\n"));
    assert.equal((await reader.readline()).toString(), "1234\n");
    assert.ok((await rejection(reader.readline())) instanceof asyncio.ValueError);
    assert.equal((await reader.readline()).toString(), "rest\n");
  });
});

test("a line over the limit that has not ended is a ValueError and dropped", async () => {
  await run(async () => {
    const reader = new asyncio.StreamReader({ limit: 4 });
    reader.feedData(Buffer.from("123456"));
    assert.ok((await rejection(reader.readline())) instanceof asyncio.ValueError);
    reader.feedData(Buffer.from("78\n"));
    assert.equal((await reader.readline()).toString(), "78\n");
  });
});

test("readuntil over the limit says how much to skip, and keeps the data", async () => {
  await run(async () => {
    const reader = new asyncio.StreamReader({ limit: 4 });
    reader.feedData(Buffer.from("12345;"));
    const found = await rejection(reader.readuntil(";"));
    assert.ok(found instanceof asyncio.LimitOverrunError);
    assert.equal(found.consumed, 5);
    assert.equal((await reader.readexactly(6)).toString(), "12345;");
    reader.feedData(Buffer.from("1234567"));
    const missing = await rejection(reader.readuntil(";;"));
    assert.ok(missing instanceof asyncio.LimitOverrunError);
    assert.equal(missing.consumed, 6);
    assert.equal((await reader.read(100)).toString(), "1234567");
  });
});

test("the end of the stream: partial data is handed over, then everything is empty", async () => {
  await run(async () => {
    const reader = new asyncio.StreamReader();
    reader.feedData(Buffer.from("partial"));
    reader.feedEof();
    assert.equal(reader.atEof(), false);
    const incomplete = await rejection(reader.readexactly(10));
    assert.ok(incomplete instanceof asyncio.IncompleteReadError);
    assert.equal(incomplete.partial.toString(), "partial");
    assert.equal(incomplete.expected, 10);
    assert.match(incomplete.message, /^7 bytes read on a total of 10 expected bytes/);
    assert.equal(reader.atEof(), true);
    for (const read of [reader.read(), reader.read(5), reader.readline(), reader.readexactly(0)]) assert.equal((await read).length, 0);
    const separator = await rejection(reader.readuntil(";"));
    assert.ok(separator instanceof asyncio.IncompleteReadError);
    assert.equal(separator.expected, null);
    assert.throws(() => reader.feedData(Buffer.from("late")));
  });
});

test("read() without a count waits for the end", async () => {
  await run(async () => {
    const reader = new asyncio.StreamReader({ limit: 3 });
    const reading = asyncio.createTask(async () => await reader.read());
    for (const piece of ["one", "", "two", "three"]) {
      await asyncio.sleep(0);
      reader.feedData(Buffer.from(piece));
    }
    await asyncio.sleep(0);
    assert.equal(reading.done(), false);
    reader.feedEof();
    assert.equal((await reading).toString(), "onetwothree");
  });
});

test("two readers at once are a RuntimeError for the second", async () => {
  await run(async () => {
    const reader = new asyncio.StreamReader();
    const first = asyncio.createTask(async () => await reader.readline());
    await asyncio.sleep(0);
    for (const read of [() => reader.read(1), () => reader.readline(), () => reader.readexactly(1), () => reader.readuntil(";")]) {
      const error = await rejection(asyncio.createTask(async () => await read()));
      assert.ok(error instanceof asyncio.RuntimeError);
      assert.match(error.message, /called while another coroutine is already waiting for incoming data/);
    }
    reader.feedData(Buffer.from("line\n"));
    assert.equal((await first).toString(), "line\n");
  });
});

test("a cancelled read leaves the data for the next one", async () => {
  await run(async () => {
    const reader = new asyncio.StreamReader();
    const reading = asyncio.createTask(async () => await reader.readexactly(4));
    await asyncio.sleep(0);
    reader.feedData(Buffer.from("ab"));
    await asyncio.sleep(0);
    reading.cancel();
    assert.ok(asyncio.isCancelled(await rejection(reading)));
    reader.feedData(Buffer.from("cd"));
    assert.equal((await reader.readexactly(4)).toString(), "abcd");
  });
});

test("an error that was set fails the read that waits, and all later ones, before any data", async () => {
  await run(async () => {
    const reader = new asyncio.StreamReader();
    const error = new Error("of the connection");
    const waiting = asyncio.createTask(async () => await reader.read(1));
    await asyncio.sleep(0);
    reader.setException(error);
    assert.equal(reader.exception(), error);
    assert.equal(await rejection(waiting), error);
    reader.feedData(Buffer.from("late"));
    for (const read of [reader.read(1), reader.readline(), reader.readexactly(1), reader.readuntil(";")])
      assert.equal(await rejection(read), error);
  });
});

test("what is fed is copied", async () => {
  await run(async () => {
    const reader = new asyncio.StreamReader();
    const block = Buffer.from("abc");
    reader.feedData(block);
    block.fill(0);
    assert.equal((await reader.readexactly(3)).toString(), "abc");
  });
});

test("the transport is paused above twice the limit, and resumed at the limit", async () => {
  await run(async () => {
    const calls: string[] = [];
    const reader = new asyncio.StreamReader({ limit: 10 });
    const transport = { pauseReading: () => calls.push("pause"), resumeReading: () => calls.push("resume") };
    reader.setTransport(transport as never);
    assert.throws(() => reader.setTransport(transport as never));
    reader.feedData(Buffer.alloc(20));
    assert.deepEqual(calls, []);
    reader.feedData(Buffer.alloc(1));
    reader.feedData(Buffer.alloc(1));
    assert.deepEqual(calls, ["pause"]);
    await reader.readexactly(11);
    assert.deepEqual(calls, ["pause"]);
    await reader.readexactly(1);
    assert.deepEqual(calls, ["pause", "resume"]);
    const large = asyncio.createTask(async () => await reader.readexactly(100));
    reader.feedData(Buffer.alloc(30));
    assert.deepEqual(calls.slice(2), ["pause"]);
    await asyncio.sleep(0);
    assert.deepEqual(calls.slice(2), ["pause", "resume"]);
    reader.feedData(Buffer.alloc(60));
    assert.equal((await large).length, 100);
  });
});

test("in the generator spelling every read does the same", async () => {
  const main = asyncio.coroutine(function* () {
    const reader = new asyncio.StreamReader();
    reader.feedData(Buffer.from("line\nab;cdrest"));
    const found = [yield* reader.readline(), yield* reader.readuntil(";"), yield* reader.readexactly(2), yield* reader.read(2)];
    const waiting = asyncio.createTask(
      asyncio.coroutine(function* () {
        return yield* reader.read();
      })(),
    );
    yield* asyncio.sleep(0);
    reader.feedEof();
    found.push(yield* waiting);
    return found.map(String);
  });
  assert.deepEqual(await asyncio.run(main()), ["line\n", "ab;", "cd", "re", "st"]);
});

test("what is not bytes is not fed, and what are no options is no limit", async () => {
  await run(async () => {
    const reader = new asyncio.StreamReader();
    for (const data of [null, undefined, 5, [1], new ArrayBuffer(1)]) {
      assert.throws(() => reader.feedData(data as never), { name: "TypeError", message: /^data must be a Uint8Array or a string, got / });
    }
    reader.feedEof();
    assert.equal((await reader.read()).length, 0);
    for (const options of [null, 10, "10"]) {
      assert.throws(() => new asyncio.StreamReader(options as never), { name: "TypeError", message: /^options must be an object.*, got / });
    }
    for (const limit of [0, -1, "10", NaN, 1.5]) {
      const refused = { message: /^limit must be .*, got / };
      assert.throws(() => new asyncio.StreamReader({ limit: limit as number }), refused);
      await assert.rejects(async () => asyncio.startServer(async () => {}, "127.0.0.1", 0, { limit: limit as number }), refused);
      await assert.rejects(async () => asyncio.openConnection("127.0.0.1", 9, { limit: limit as number }), refused);
    }
  });
});
