/** Every example prints what it says at its end, on the native loop. */
import { checkExamples } from "./run.js";

checkExamples("uv");
