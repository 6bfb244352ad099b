// An HTTP session keeps connections, encodes parameters and JSON, and runs several requests at the same time.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as asyncio from "uvio";
import { ClientSession } from "uvio/aiohttp";

const server = createServer((request, response) => {
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ method: request.method, url: request.url }));
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function level(session: ClientSession, n: number) {
  return await asyncio.asyncWith(session.get(`${baseUrl}/level`, { params: { n } }), async (response) => {
    const { url } = (await response.json()) as { url: string };
    return `${response.status} ${url}`;
  });
}

await asyncio.run(async () => {
  await asyncio.asyncWith(new ClientSession(), async (session) => {
    console.log(await asyncio.gather(...[1, 2, 3].map((n) => () => level(session, n))));
    const response = await session.post(`${baseUrl}/tower`, { json: { levels: 10 } });
    console.log(await response.json());
  });
});
server.close();

// prints:
//   [ '200 /level?n=1', '200 /level?n=2', '200 /level?n=3' ]
//   { method: 'POST', url: '/tower' }
