/** FormData: names and content types that would break out of their place. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { FormData } from "uvio/aiohttp";

test("a form's names and content types cannot start another header or field", () => {
  const form = new FormData();
  const file = Buffer.from("png");
  for (const contentType of ["image/png\r\nX-Evil: 1", "image/png\n", "image/png\0", "\x7f"]) {
    assert.throws(() => form.addField("a", file, { contentType }), { name: "ValueError", message: /contentType must not contain control/ });
  }
  assert.throws(() => form.addField("a", file, { contentType: 5 as never }), /contentType must be a string, got 5/);
  assert.throws(() => form.addField("a", file, { filename: {} as never }), /filename must be a string, got an object/);
  form.addField('a\r\n"b\0', file, { filename: "c\r\nd", contentType: "image/png" });
  assert.match(
    String((form as unknown as { encode(): { pieces: Buffer[] } }).encode().pieces[0]),
    /name="a%0D%0A%22b%00"; filename="c%0D%0Ad"\r\n\r\n$/,
  );
});
