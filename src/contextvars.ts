/** The entry point `uvio/contextvars`: Python's contextvars. The same names are exported by `uvio`. */
export { Context, ContextVar, copyContext, Token } from "./core/contextvars.js";
