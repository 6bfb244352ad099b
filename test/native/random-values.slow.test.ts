/** New seeds in each run; a failure names its seed, which UVIO_TEST_SEED gives to random-values.test.ts. */
import { randomInt } from "node:crypto";
import { testRandomValues } from "./support/random-values-test.js";

for (let i = 0; i < 2; i++) testRandomValues(randomInt(2 ** 31));
