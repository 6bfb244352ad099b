// `toThread` is the short form of the default executor: two downloads in threads, from a server in this thread.
import { createServer, type AddressInfo } from "node:net";
import * as asyncio from "uvio";
import { download } from "../support/blocking.ts";

const server = createServer((socket) => socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\na page")));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

console.log(await asyncio.run(() => asyncio.gather(asyncio.toThread(download, url), asyncio.toThread(download, url))));
server.close();

// prints:
//   [ 'a page', 'a page' ]
