// WSGI's place is taken by Node's `(request, response)`: any such application (Express's, Nest's) answers on connections of uvio's.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import * as asyncio from "uvio";
import { ClientSession } from "uvio/aiohttp";

/** What `express()` gives is such a function, too. */
function app(request: IncomingMessage, response: ServerResponse) {
  response.setHeader("Content-Type", "text/plain");
  response.end(`${request.method} ${request.url}\n`);
}

/** Node's parser and its keep-alive, on a connection that it has not accepted itself. */
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
