/** A share of the recorded programs; differential.slow.test.ts runs all of them. */
import { comparePrograms } from "./differential.js";
import { recordedPrograms } from "./programs.js";

const SHARE = 10;
const isChosen = process.env["PROGRAM"] !== undefined || process.env["RECORDED"] !== undefined;

comparePrograms(recordedPrograms().filter((_, i) => isChosen || i % SHARE === 0));
