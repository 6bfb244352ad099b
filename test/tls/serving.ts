/** TLS servers and connections for the tests of this folder, and a way to run a test on both loops if openssl is available. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { ca, local, opensslSkipped } from "../support/certificates.js";
import { eachLoop, type LoopTest } from "../support/loops.js";
import { connectPair, type Pair, type Recorder } from "../support/protocols.js";

export const tls = (name: string, body: (t: LoopTest) => Promise<void>): void => eachLoop(name, body, { skip: opensslSkipped });

export const serverSsl = (): { key: Buffer; cert: Buffer } => {
  const { key, cert } = local();
  return { key, cert };
};

export async function serve(factory: asyncio.ProtocolFactory, options: asyncio.ServerOptions): Promise<[asyncio.Server, number]> {
  const server = await asyncio.getRunningLoop().createServer(factory, "127.0.0.1", 0, options);
  return [server, server.sockets[0]!.getsockname().port];
}

export async function end(server: asyncio.Server): Promise<void> {
  server.close();
  await server.waitClosed();
}

export function pair<C extends Recorder, S extends Recorder>(makeClient: () => C, makePeer: () => S): Promise<Pair<C, S>> {
  return connectPair(makeClient, makePeer, { ssl: serverSsl() }, { ssl: { ca } });
}

export const code = (expected: string) => (error: unknown) => (assert.equal((error as NodeJS.ErrnoException).code, expected), true);
