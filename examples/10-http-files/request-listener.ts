// Node's `(request, response)` takes the place of WSGI: applications such as Express answer on uvio's connections.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import * as asyncio from "uvio";
import { ClientSession } from "uvio/aiohttp";

/** The result of `express()` is such a function, too. */
function app(request: IncomingMessage, response: ServerResponse) {
  response.setHeader("Content-Type", "text/plain");
  response.end(`${request.method} ${request.url}\n`);
}

/** Applies Node's HTTP parser and keep-alive to a connection that Node did not accept. */
const web = createServer(app);

class Connection extends asyncio.Protocol {
  override connectionMade(transport: asyncio.Transport) {
    web.emit("connection", asyncio.toDuplex(transport));
  }
}

await asyncio.run(async () => {
  const server = await asyncio.getRunningLoop().createServer(() => new Connection(), "127.0.0.1", 0);
  const baseUrl = `http://127.0.0.1:${server.sockets[0]!.getsockname().port}`;
  await asyncio.asyncWith(new ClientSession({ baseUrl }), async (session) => {
    for (const path of ["/", "/tower"]) {
      await asyncio.asyncWith(session.get(path), async (response) => console.log(response.status, (await response.text()).trim()));
    }
  });
  server.close();
  await server.waitClosed();
});

// prints:
//   200 GET /
//   200 GET /tower
