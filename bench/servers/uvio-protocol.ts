/** An echo server on a protocol. */
import { serveTcp } from "./common.js";
import { Echo } from "./echo.js";

await serveTcp(() => new Echo());
