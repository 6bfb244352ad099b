/** All recorded programs. */
import { comparePrograms } from "./differential.js";
import { recordedPrograms } from "./programs.js";

comparePrograms(recordedPrograms());
