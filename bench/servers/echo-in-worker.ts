/** The echo server that uvio-workers.ts runs in several threads. */
import * as asyncio from "uvio";
import { Echo } from "./echo.js";

export async function startEcho(port: number) {
  const options = { backlog: 1024, reusePort: true };
  return await asyncio.getRunningLoop().createServer(() => new Echo(), "127.0.0.1", port, options);
}

asyncio.exported(import.meta, { startEcho });
