/** Chunks, a buffer of several pieces, against one Buffer with the same bytes. */
import assert from "node:assert/strict";
import { test } from "vitest";
import fc from "fast-check";
import { Chunks } from "#uvio/util/chunks.js";

const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 12 });

test("pieces behave as the one buffer they make up", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("push" as const), text: letters }),
    fc.record({ do: fc.constant("take" as const), count: fc.nat(20) }),
    fc.record({
      do: fc.constant("find" as const),
      text: fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 4 }),
      from: fc.nat(20),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const chunks = new Chunks();
      let model = "";
      for (const one of steps) {
        if (one.do === "push") {
          chunks.push(Buffer.from(one.text));
          model += one.text;
        } else if (one.do === "take") {
          const count = Math.min(one.count, model.length);
          assert.equal(chunks.take(count).toString(), model.slice(0, count));
          model = model.slice(count);
        } else {
          assert.equal(
            chunks.indexOf(Buffer.from(one.text), one.from),
            model.indexOf(one.text, one.from) < 0 || one.from > model.length ? -1 : model.indexOf(one.text, one.from),
          );
          const byte = one.text.charCodeAt(0);
          const found = one.from >= model.length ? -1 : model.indexOf(one.text[0]!, one.from);
          assert.equal(chunks.indexOfByte(byte, one.from), found);
        }
        assert.equal(chunks.length, model.length);
      }
      assert.equal(chunks.take(chunks.length).toString(), model);
    }),
    { numRuns: 500 },
  );
});

test("a piece taken whole, or a part of one, is not copied", () => {
  const chunks = new Chunks();
  const piece = Buffer.from("abcdef");
  chunks.push(piece);
  chunks.push(Buffer.from("gh"));
  const part = chunks.take(2);
  assert.equal(part.buffer, piece.buffer);
  assert.equal(part.byteOffset, piece.byteOffset);
  assert.equal(chunks.take(4).buffer, piece.buffer);
  chunks.clear();
  assert.equal(chunks.length, 0);
});

test("a small part of a long piece does not keep the piece alive, others share its memory", () => {
  const shares = (length: number, counts: readonly number[]): boolean[] => {
    const chunks = new Chunks();
    const piece = Buffer.alloc(length, "x");
    chunks.push(piece);
    return counts.map((count) => {
      const part = chunks.take(count);
      assert.equal(String(part), "x".repeat(count));
      return part.buffer === piece.buffer;
    });
  };
  assert.deepEqual(shares(100_000, [10, 12_500, 12_499, 74_981, 10]), [false, true, false, true, false]);
  assert.deepEqual(shares(100_000, [100_000]), [true]);
  assert.deepEqual(shares(8192, [10, 8182]), [true, true]);
});
