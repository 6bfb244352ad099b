// An HTTPS client on streams: `ssl` enables TLS and verifies the server's name. Two sites at the same time.
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import * as asyncio from "uvio";
import { ca, server as certificate } from "../support/certificate.ts";

async function site(name: string) {
  const server = createServer(certificate, (_request, response) => response.end(`welcome to ${name}`));
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return server;
}

async function get(port: number) {
  // `ssl: true` trusts the certificate authorities of Node.
  const [reader, writer] = await asyncio.openConnection("localhost", port, { ssl: { ca } });
  writer.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const status = String(await reader.readline()).trim();
  await reader.readuntil("\r\n\r\n");
  const body = String(await reader.read());
  writer.close();
  await writer.waitClosed();
  return `${status}: ${body.split("\r\n").find((line) => line.startsWith("welcome"))}`;
}

const sites = await Promise.all([site("one"), site("two")]);
const ports = sites.map((server) => (server.address() as AddressInfo).port);
for (const answer of await asyncio.run(() => asyncio.gather(...ports.map((port) => () => get(port))))) console.log(answer);
for (const server of sites) server.close();

// prints (openssl):
//   HTTP/1.1 200 OK: welcome to one
//   HTTP/1.1 200 OK: welcome to two
