// HTTPS on sockets, on the native loop: Python uses an SSLObject for this, Node a TLSSocket over a custom Duplex.
import { once } from "node:events";
import { request } from "node:https";
import { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { TLSSocket } from "node:tls";
import * as asyncio from "uvio";
import { ca, server as certificate } from "../support/certificate.ts";

/** The encrypted bytes of a socket: received when TLS reads them, and sent when TLS writes them. */
function bytesOf(sock: asyncio.SocketObject) {
  const loop = asyncio.getRunningLoop();
  const pass = (work: () => Promise<void>, done: (error: Error | null) => void) =>
    void asyncio.createTask(work).addDoneCallback((task) => done(task.exception() as Error | null));
  return new Duplex({
    read() {
      const receive = async () => {
        const data = await loop.sockRecv(sock, 16384);
        this.push(data.length === 0 ? null : data);
      };
      pass(receive, (error) => error && this.destroy(error));
    },
    write(data: Buffer, _encoding, done) {
      pass(async () => await loop.sockSendall(sock, data), done);
    },
    destroy(error, done) {
      sock.close();
      done(error);
    },
  });
}

async function handle(sock: asyncio.SocketObject) {
  const tls = new TLSSocket(bytesOf(sock), { isServer: true, ...certificate });
  await asyncio.once(tls, "secure"); // The handshake has finished.
  const [head] = (await asyncio.once(tls, "data")) as [Buffer];
  const body = `${tls.getProtocol()} for ${String(head).split(" ", 2)[1]}`;
  tls.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
  await asyncio.once(tls, "close");
}

await asyncio.run(async () => {
  const listener = new asyncio.Socket();
  listener.bind({ address: "127.0.0.1", port: 0 });
  listener.listen();
  const { port } = listener.getsockname() as asyncio.Address;

  const asking = request({ host: "127.0.0.1", port, path: "/secret", ca, agent: false }).end();
  const [sock] = await asyncio.getRunningLoop().sockAccept(listener);
  const handling = asyncio.createTask(() => handle(sock));
  const [response] = await once(asking, "response");
  console.log(response.statusCode, await text(response));
  await handling;
  listener.close();
});

// prints (the native loop, openssl):
//   200 TLSv1.3 for /secret
