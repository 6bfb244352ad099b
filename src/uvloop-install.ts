/**
 * The entry point `uvio/uvloop/install`: `node --import uvio/uvloop/install app.js` selects the native loop without a change to the
 * program. If the addon is not available, it emits a warning and the portable loop is used. With UVIO_REQUIRE_NATIVE=1 it throws instead.
 */
import { NativeLoopUnavailableError } from "./core/errors.js";
import { install } from "./uvloop.js";

try {
  install();
} catch (error) {
  if (!(error instanceof NativeLoopUnavailableError) || process.env["UVIO_REQUIRE_NATIVE"] === "1") throw error;
  process.emitWarning(`${error.message} (set UVIO_REQUIRE_NATIVE=1 to make this an error)`, { type: "uvio" });
}
