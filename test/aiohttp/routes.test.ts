/** Ways to a server: TLS with certificates good and bad, proxies, tunnels. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttp, request as forward, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { once } from "node:events";
import { describe } from "node:test";
import { WebSocketServer } from "ws";
import * as asyncio from "uvio";
import {
  BasicAuth,
  ClientConnectorCertificateError,
  ClientConnectorError,
  ClientConnectorSSLError,
  ClientHttpProxyError,
  ClientProxyConnectionError,
  ClientSession,
  ClientSSLError,
  TCPConnector,
} from "uvio/aiohttp";
import { eachLoop, type LoopTest } from "../support/loops.js";

/** A self-signed certificate for localhost, made by openssl: Node cannot make one. */
function makeCertificate(): { key: string; cert: string } | null {
  const folder = mkdtempSync(path.join(tmpdir(), "uvio-cert-"));
  try {
    const [key, cert] = [path.join(folder, "key.pem"), path.join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const made = spawnSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-days", "2", ...subject]); // prettier-ignore
    return made.status === 0 ? { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") } : null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const certificate = makeCertificate();
const skip = certificate === null ? "there is no openssl to make a certificate" : false;

/** Listens for the time of the test; gives the port. */
async function listen(t: LoopTest, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => void sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return (server.address() as AddressInfo).port;
}

const hello = (request: IncomingMessage, response: ServerResponse): void => void response.end(`hello ${request.url}`);

describe("https", { skip }, () => {
  const { key, cert } = certificate ?? { key: "", cert: "" };

  eachLoop("a certificate is verified, unless ssl is false, or says whom to trust", async (t) => {
    await t.run(async () => {
      const port = await listen(t, createHttps({ key, cert }, hello));
      const url = `https://localhost:${port}/x`;
      const session = new ClientSession();
      await assert.rejects(async () => await session.get(url), (error) => {
        assert.ok(error instanceof ClientConnectorCertificateError && error instanceof ClientSSLError && error instanceof ClientConnectorError);
        assert.deepEqual([error.code, error.host, error.ssl], ["DEPTH_ZERO_SELF_SIGNED_CERT", "localhost", true]);
        return true;
      }); // prettier-ignore
      assert.equal(await (await session.get(url, { ssl: false })).text(), "hello /x");
      assert.equal(await (await session.get(url, { ssl: { ca: cert } })).text(), "hello /x");
      await assert.rejects(
        async () => await session.get(`https://127.0.0.1:${port}/`, { ssl: { ca: cert } }),
        ClientConnectorCertificateError,
      );
      const named = await session.get(`https://127.0.0.1:${port}/`, { ssl: { ca: cert }, serverHostname: "localhost" });
      assert.equal(await named.text(), "hello /");
      await session.close();
      const trusting = new ClientSession({ connector: new TCPConnector({ ssl: false }) });
      for (let i = 0; i < 3; i++) assert.equal(await (await trusting.get(url)).text(), "hello /x");
      await trusting.close();
    });
  });

  eachLoop("https goes through a tunnel of a proxy", async (t) => {
    await t.run(async () => {
      const port = await listen(t, createHttps({ key, cert }, hello));
      const seen: ProxySeen = { requests: [] };
      const proxy = await startProxy(t, seen);
      const session = new ClientSession();
      for (let i = 0; i < 2; i++) {
        const response = await session.get(`https://localhost:${port}/x`, { proxy, ssl: false, proxyHeaders: { "X-Any": "1" } });
        assert.equal(await response.text(), "hello /x");
      }
      assert.deepEqual(seen.requests, [{ method: "CONNECT", target: `localhost:${port}`, authorization: undefined }]);
      await session.close();
    });
  });

  eachLoop("a server that speaks no TLS is a ClientConnectorSSLError", async (t) => {
    await t.run(async () => {
      const port = await listen(t, createHttp(hello));
      const session = new ClientSession();
      await assert.rejects(async () => await session.get(`https://127.0.0.1:${port}/`), ClientConnectorSSLError);
      await session.close();
    });
  });
});

interface ProxySeen {
  readonly requests: { method: string; target: string; authorization: string | undefined }[];
}

/** A proxy for requests and tunnels; refuses hosts named "forbidden". */
async function startProxy(t: LoopTest, seen: ProxySeen): Promise<string> {
  const note = ({ method, url, headers }: IncomingMessage): void =>
    void seen.requests.push({ method: method!, target: url!, authorization: headers["proxy-authorization"] });
  const proxy = createHttp((request, response) => {
    note(request);
    const { "proxy-authorization": _, ...headers } = request.headers;
    const onward = forward(request.url!, { method: request.method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  proxy.on("connect", (request: IncomingMessage, client: Socket) => {
    note(request);
    if (request.url!.startsWith("forbidden")) return client.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    const [, port] = request.url!.split(":");
    const server = connect(Number(port), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(server).pipe(client);
    });
    for (const [one, other] of [[server, client], [client, server]] as const) one.on("error", () => {}).on("close", () => other.destroy()); // prettier-ignore
  });
  return `http://127.0.0.1:${await listen(t, proxy)}`;
}

eachLoop("http goes through a proxy by its whole URL, with the proxy's credentials", async (t) => {
  await t.run(async () => {
    const port = await listen(t, createHttp(hello));
    const seen: ProxySeen = { requests: [] };
    const proxy = await startProxy(t, seen);
    const url = `http://127.0.0.1:${port}/x?y=1`;
    const session = new ClientSession({ proxy, proxyAuth: new BasicAuth("a", "b") });
    assert.equal(await (await session.get(url)).text(), "hello /x?y=1");
    assert.equal(await (await session.get(url, { proxy: null })).text(), "hello /x?y=1");
    assert.deepEqual(seen.requests, [{ method: "GET", target: url, authorization: new BasicAuth("a", "b").encode() }]);
    await session.close();
  });
});

eachLoop("a WebSocket goes through a tunnel, which a proxy may refuse", async (t) => {
  await t.run(async () => {
    const server = createHttp(hello);
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) => socket.send("through"));
    const port = await listen(t, server);
    const seen: ProxySeen = { requests: [] };
    const session = new ClientSession({ proxy: await startProxy(t, seen) });
    const text = await asyncio.asyncWith(session.wsConnect(`ws://127.0.0.1:${port}/`), async (ws) => await ws.receiveStr());
    assert.equal(text, "through");
    assert.deepEqual(seen.requests, [{ method: "CONNECT", target: `127.0.0.1:${port}`, authorization: undefined }]);
    await assert.rejects(
      async () => await session.get("https://forbidden/"),
      (error) => error instanceof ClientHttpProxyError && error.status === 403,
    );
    await session.close();
  });
});

eachLoop("a proxy that cannot be reached is a ClientProxyConnectionError", async (t) => {
  await t.run(async () => {
    const closed = createHttp().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, "close");
    const session = new ClientSession({ proxy: `http://127.0.0.1:${port}` });
    await assert.rejects(async () => await session.get("http://example.invalid/"), ClientProxyConnectionError);
    await session.close();
  });
});
