// An HTTP client: concurrent requests over connections that the session keeps. A deadline cancels a slow request.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as asyncio from "uvio";
import { ClientSession } from "uvio/aiohttp";

const server = createServer((request, response) => {
  if (request.url !== "/slow") response.end(`page ${request.url}`); // The slow page is never sent.
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Uses `async with`, which releases the response in every case. */
function fetchPage(session: ClientSession, path: string) {
  return asyncio.asyncWith(session.get(path), async (response) => {
    response.raiseForStatus();
    return await response.text();
  });
}

/** A generator coroutine with the same effect. */
const fetchSlowly = asyncio.coroutine(function* (session: ClientSession) {
  const response = yield* session.get("/slow");
  return yield* response.text();
});

await asyncio.run(() =>
  asyncio.asyncWith(new ClientSession({ baseUrl }), async (session) => {
    const paths = ["/one", "/two", "/three"];
    const pages = await asyncio.gather(...paths.map((path) => fetchPage(session, path)));
    paths.forEach((path, at) => console.log(`${path}: ${pages[at]!}`));
    try {
      await asyncio.waitFor(fetchSlowly(session), 0.05);
    } catch (error) {
      console.log(`the slow page: ${(error as Error).name}`);
    }
  }),
);
server.close();

// prints:
//   /one: page /one
//   /two: page /two
//   /three: page /three
//   the slow page: TimeoutError
