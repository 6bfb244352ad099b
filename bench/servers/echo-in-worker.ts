/** The echo that uvio-workers.ts has run in several threads. */
import * as asyncio from "uvio";
import { Echo } from "./echo.js";

export async function startEcho(port: number) {
  const options = { backlog: 1024, reusePort: true };
  return await asyncio.getRunningLoop().createServer(() => new Echo(), "127.0.0.1", port, options);
}

asyncio.exported(import.meta, { startEcho });
