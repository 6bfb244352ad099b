/** A session and a server that is written by hand in each test. */
import { once } from "node:events";
import type { Socket } from "node:net";
import { ClientSession, type ClientSessionOptions } from "uvio/aiohttp";
import { eachLoop, type LoopTest } from "../support/loops.js";
import { rawServer, type RawServer } from "../support/raw.js";

export interface Stage {
  readonly t: LoopTest;
  readonly http: ClientSession;
  readonly server: RawServer;
  readonly url: string;
}

/** A session, and a server that does what the test says. After the test every connection must be gone. */
export function stage(name: string, body: (stage: Stage) => Promise<void>, options: () => ClientSessionOptions = () => ({})): void {
  eachLoop(name, async (t) => {
    await t.run(async () => {
      const server = await rawServer();
      const http = new ClientSession(options());
      await body({ t, http, server, url: `http://127.0.0.1:${server.port}/` });
      await http.close();
      await server.close();
    });
  });
}

/** The head of the next request on the connection. */
export async function request(socket: Socket): Promise<string> {
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    socket.resume();
    const [chunk] = (await once(socket, "data")) as [Buffer];
    text += chunk.toString("latin1");
  }
  return text;
}

/** Resolves when the peer has closed or reset the connection. */
export async function gone(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.readableEnded && !socket.closed)
    await new Promise<void>((resolve) => void socket.once("end", resolve).once("close", resolve));
  socket.destroy();
}

export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** The same, of a server that closes its connection. */
export const LAST = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

/** Accepts one connection and answers its next request. */
export async function answer(server: RawServer, text: string | Uint8Array): Promise<Socket> {
  const socket = await server.accept();
  await request(socket);
  socket.write(text);
  return socket;
}
