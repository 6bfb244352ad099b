// An HTTPS server on streams: with a key and a certificate as `ssl`, `startServer` performs the handshakes.
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import * as asyncio from "uvio";
import { ca, server as ssl } from "../support/certificate.ts";

async function handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
  await reader.readuntil("\r\n\r\n");
  const body = `over ${writer.getExtraInfo("cipher")?.version}`;
  await writer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
  writer.close();
}

await asyncio.run(async () => {
  const server = await asyncio.startServer(handle, "localhost", 0, { ssl });
  const { port } = server.sockets[0]!.getsockname();
  const [response] = (await once(request({ host: "localhost", port, ca, agent: false }).end(), "response")) as [IncomingMessage];
  console.log(response.statusCode, await text(response));
  server.close();
  await server.waitClosed();
});

// prints (openssl):
//   200 over TLSv1.3
