/** The entry point `uvio/contextlib`: context managers for `asyncWith()` and `withManager()`. Mirrors Python's contextlib. */
export { asyncContextManager, type AsyncContextManager } from "./contextlib/async-context-manager.js";
export { AsyncExitStack, type AsyncExit } from "./contextlib/async-exit-stack.js";
export { aclosing, closing, type AsyncClosable, type Closable } from "./contextlib/closing.js";
export { contextManager } from "./contextlib/context-manager.js";
export { ExitStack, type Exit } from "./contextlib/exit-stack.js";
export { nullContext } from "./contextlib/null-context.js";
export { suppress, type ErrorClass } from "./contextlib/suppress.js";
