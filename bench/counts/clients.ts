/** The clients of a counted server: plain node:net, in the process of `npm run counts`. */
import { once } from "node:events";
import net from "node:net";
import type { Duplex } from "node:stream";
import { roundBytes, type RoundShape } from "./workloads.js";

/** Sends a round of messages whenever the server asks for it on the channel, and checks the answers. */
export class Clients {
  readonly #load: RoundShape;
  readonly #sockets: net.Socket[] = [];
  readonly #payload: Buffer;
  #sent = 0;
  #received = 0;
  #problem: string | undefined;

  private constructor(load: RoundShape) {
    this.#load = load;
    const message = Buffer.alloc(load.messageBytes, "abcdefghijklmnopqrstuvwxyz0123456789");
    if (load.isLine) message[load.messageBytes - 1] = 10;
    this.#payload = Buffer.concat(Array.from({ length: load.inflight }, () => message));
  }

  static async connect(port: number, load: RoundShape, channel: Duplex): Promise<Clients> {
    const clients = new Clients(load);
    // One after the other, so that the order is the same in every run.
    for (let i = 0; i < load.connections; i++) {
      const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
      clients.#sockets.push(socket);
      clients.#check(socket);
      await once(socket, "connect");
    }
    channel.on("data", (bytes: Buffer) => {
      clients.#sendRound();
      channel.write(bytes);
    });
    return clients;
  }

  #check(socket: net.Socket): void {
    let at = 0;
    socket.on("error", (error) => (this.#problem ??= error.message));
    socket.on("data", (data: Buffer) => {
      this.#received += data.length;
      for (let i = 0; i < data.length; i++) {
        if (data[i] !== this.#payload[at++ % this.#payload.length]) this.#problem ??= `wrong byte at ${at - 1} of a connection`;
      }
    });
  }

  #sendRound(): void {
    for (const socket of this.#sockets) {
      socket.write(this.#payload);
      // node:net writes to the system at once if it can. Otherwise the server would have a part of the round only.
      if (socket.writableLength > 0) this.#problem ??= "a message did not fit the socket";
    }
    this.#sent += roundBytes(this.#load);
  }

  /** To be called when the server has ended. Throws if an answer was wrong or is missing. */
  async finish(): Promise<void> {
    await Promise.all(this.#sockets.map(async (socket) => socket.closed || (await once(socket, "close"))));
    if (this.#problem !== undefined) throw new Error(`a client: ${this.#problem}`);
    if (this.#received !== this.#sent) throw new Error(`the clients have sent ${this.#sent} bytes, and ${this.#received} came back`);
  }
}
