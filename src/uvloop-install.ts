/**
 * `node --import uvio/uvloop/install app.js`: the native loop without touching the program. Where there is no addon it warns and leaves the
 * portable loop, unless UVIO_REQUIRE_NATIVE=1.
 */
import { NativeLoopUnavailableError } from "./core/errors.js";
import { install } from "./uvloop.js";

try {
  install();
} catch (error) {
  if (!(error instanceof NativeLoopUnavailableError) || process.env["UVIO_REQUIRE_NATIVE"] === "1") throw error;
  process.emitWarning(`${error.message} (set UVIO_REQUIRE_NATIVE=1 to make this an error)`, { type: "uvio" });
}
