/** An echo server on a Unix socket. */
import * as asyncio from "uvio";
import { chooseLoop } from "./common.js";
import { Echo } from "./echo.js";

const path = process.env.SOCKET_PATH;
if (path === undefined) throw new Error("SOCKET_PATH must be the path for the socket");
chooseLoop();
await asyncio.run(async () => {
  const server = await asyncio.getRunningLoop().createUnixServer(() => new Echo(), path, { backlog: 1024 });
  console.log(`PATH ${path}`);
  await server.serveForever();
});
