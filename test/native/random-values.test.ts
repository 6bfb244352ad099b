/** A fixed seed, so that a failure does not come and go; UVIO_TEST_SEED gives another one. */
import { testRandomValues } from "./support/random-values-test.js";

testRandomValues(Number(process.env["UVIO_TEST_SEED"] ?? 1));
