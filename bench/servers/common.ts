/** Functions that the uvio servers share. */
import { readFileSync } from "node:fs";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";

/** LOOP=uv selects the native loop; LOOP=node, the default, the portable one. */
export function chooseLoop(): void {
  const name = process.env.LOOP ?? "node";
  if (name === "uv") uvloop.install();
  else if (name !== "node") throw new Error(`LOOP must be node or uv, got "${name}"`);
}

/** Reads the key and the certificate of the TLS servers from the file TLS_PEM. */
export function readCertificate(): { key: string; cert: string } {
  const file = process.env.TLS_PEM;
  if (file === undefined) throw new Error("TLS_PEM must be the path of a file with key and certificate");
  const pem = readFileSync(file, "utf8");
  return { key: pem, cert: pem.slice(pem.indexOf("-----BEGIN CERTIFICATE-----")) };
}

/** BUSY=1: a callback that schedules itself, so that the loop is never idle. */
function keepBusy(loop: asyncio.EventLoop): void {
  loop.callSoon(keepBusy, loop);
}

interface Listening {
  readonly sockets: readonly { getsockname(): { port: number } | string }[];
}

/** Prints the port that the benchmark connects to. */
export function announce(server: Listening): void {
  const name = server.sockets[0]!.getsockname();
  if (typeof name === "string") throw new Error(`the server must listen on TCP, got ${name}`);
  if (process.env.BUSY === "1") keepBusy(asyncio.getRunningLoop());
  console.log(`PORT ${name.port}`);
}

/**
 * Serves streams on TCP, with the loop that LOOP selects, until the benchmark ends the process. Not for servers of generators: an async
 * function that becomes a task turns on hooks that they do not need.
 */
export async function serveStreams(handler: asyncio.ClientConnected): Promise<void> {
  chooseLoop();
  await asyncio.run(async () => {
    const server = await asyncio.startServer(handler, "127.0.0.1", 0, { backlog: 1024 });
    announce(server);
    await server.serveForever();
  });
}

/** Serves on TCP, with the loop that LOOP selects, until the benchmark ends the process. */
export async function serveTcp(factory: asyncio.ProtocolFactory): Promise<void> {
  chooseLoop();
  await asyncio.run(async () => {
    const server = await asyncio.getRunningLoop().createServer(factory, "127.0.0.1", 0, { backlog: 1024 });
    announce(server);
    await server.serveForever();
  });
}
