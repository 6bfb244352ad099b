import * as asyncio from "uvio";
import { announce, chooseLoop } from "./common.js";
import { Echo } from "./echo.js";

chooseLoop();
await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const server = await loop.createServer(() => new Echo(), "127.0.0.1", 0, { backlog: 1024 });
  announce(server);
  await server.serveForever();
});
