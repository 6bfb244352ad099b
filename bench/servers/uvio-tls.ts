/** An echo server over TLS. With the argument 1, connections are upgraded by startTls(). */
import * as asyncio from "uvio";
import { announce, chooseLoop, readCertificate } from "./common.js";
import { Echo } from "./echo.js";

const ssl = readCertificate();

/** Starts TLS with the first byte, through startTls() of the loop, over the loop's own transport. */
class Upgrade extends asyncio.Protocol {
  override connectionMade(transport: asyncio.Transport): void {
    const echo = new Echo();
    const loop = asyncio.getRunningLoop();
    loop.createTask(async () => echo.connectionMade(await loop.startTls(transport, echo, ssl, { serverSide: true })));
  }
}

const upgrades = process.argv[2] === "1";
chooseLoop();
await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const server = upgrades
    ? await loop.createServer(() => new Upgrade(), "127.0.0.1", 0, { backlog: 1024 })
    : await loop.createServer(() => new Echo(), "127.0.0.1", 0, { backlog: 1024, ssl });
  announce(server);
  await server.serveForever();
});
