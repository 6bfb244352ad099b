import { readFileSync } from "node:fs";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";

/** LOOP=uv swaps in the native loop; LOOP=node, or nothing, keeps the portable one. */
export function chooseLoop(): void {
  const name = process.env.LOOP ?? "node";
  if (name === "uv") uvloop.install();
  else if (name !== "node") throw new Error(`LOOP must be node or uv, got "${name}"`);
}

/** Key and certificate of the TLS servers, of the file that TLS_PEM names. */
export function readCertificate(): { key: string; cert: string } {
  const file = process.env.TLS_PEM;
  if (file === undefined) throw new Error("TLS_PEM must name the file with key and certificate");
  const pem = readFileSync(file, "utf8");
  return { key: pem, cert: pem.slice(pem.indexOf("-----BEGIN CERTIFICATE-----")) };
}

interface Listening {
  readonly sockets: readonly { getsockname(): { port: number } | string }[];
}

/** Tells the benchmark where to connect. */
export function announce(server: Listening): void {
  const name = server.sockets[0]!.getsockname();
  if (typeof name === "string") throw new Error(`a TCP server was expected, got one on ${name}`);
  console.log(`PORT ${name.port}`);
}

/** Serves on TCP with the loop that LOOP asks for, until the benchmark ends the process. */
export async function serveTcp(factory: asyncio.ProtocolFactory): Promise<void> {
  chooseLoop();
  await asyncio.run(async () => {
    const server = await asyncio.getRunningLoop().createServer(factory, "127.0.0.1", 0, { backlog: 1024 });
    announce(server);
    await server.serveForever();
  });
}
