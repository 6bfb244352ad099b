/** node:net clients of an echo server. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { pattern } from "../../support/protocols.js";
import { rawConnect, readAll } from "../../support/raw.js";

/** Sends bytes and waits for the echo. Rejects if the received bytes differ. */
export async function echoOnce(port: number, length: number, seed = 0): Promise<void> {
  const socket = await rawConnect(port);
  const sent = pattern(length, seed);
  socket.write(sent);
  const got = await readAll(socket, length);
  assert.ok(got.equals(sent), `${got.length} of ${length} bytes came back, or others`);
  socket.destroy();
}

/** Sends whatever comes back, without end, whatever becomes of the server. Settles when the first echo is there. */
export async function keepEchoing(port: number, length: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.alloc(length, 1)));
  socket.on("error", () => {}); // The server is to die.
  socket.on("data", (bytes: Buffer) => socket.write(bytes));
  await once(socket, "data");
  return socket;
}

/** Connects, and never reads. */
export async function connectDeaf(port: number): Promise<Socket> {
  const socket = await rawConnect(port);
  socket.pause();
  return socket;
}
