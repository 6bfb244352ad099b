/** The entry point `uvio/contextvars`. Mirrors Python's contextvars. `uvio` exports the same names. */
export { Context, ContextVar, copyContext, Token } from "./core/contextvars.js";
