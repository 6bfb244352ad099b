/** Peers without uvio: plain node:net sockets and servers. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";

export interface RawServer {
  readonly port: number;
  /** Returns the next connection. */
  accept(): Promise<Socket>;
  close(): Promise<void>;
}

export async function rawServer(): Promise<RawServer> {
  const arrived: Socket[] = [];
  const waiting: ((socket: Socket) => void)[] = [];
  const all = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    all.add(socket);
    socket.on("error", () => {}); // Some tests reset connections on purpose.
    const next = waiting.shift();
    if (next === undefined) arrived.push(socket);
    else next(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    accept: () => new Promise((resolve) => (arrived.length > 0 ? resolve(arrived.shift()!) : waiting.push(resolve))),
    close: async () => {
      for (const socket of all) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

export async function rawConnect(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Reads until the end, or until at least `length` bytes have arrived. */
export async function readAll(socket: Socket, length = Infinity): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      socket.off("data", onData).off("end", finish).off("error", reject);
      resolve(Buffer.concat(chunks));
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      total += chunk.length;
      if (total >= length) finish();
    };
    socket.on("data", onData).on("end", finish).on("error", reject);
    socket.resume();
  });
}
