/** Every example prints what it says at its end, on the portable loop. */
import { checkExamples } from "./run.js";

checkExamples("node");
