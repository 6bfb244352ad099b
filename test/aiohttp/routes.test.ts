/** Ways to a server: TLS with certificates good and bad, proxies, tunnels. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttp, request as forward, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { once } from "node:events";
import { describe, test } from "vitest";
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
  Fingerprint,
  ServerConnectionError,
  ServerFingerprintMismatch,
  TCPConnector,
  UnixClientConnectorError,
  UnixConnector,
} from "uvio/aiohttp";
import { runChild } from "../support/child.js";
import { folderOf } from "../support/descriptors.js";
import { eachLoop, type LoopTest } from "../support/loops.js";
import { unless } from "../support/unless.js";

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

describe("https", unless(skip), () => {
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

  eachLoop("a fingerprint stands for the one certificate that is accepted, whoever vouches for it", async (t) => {
    await t.run(async () => {
      const url = `https://localhost:${await listen(t, createHttps({ key, cert }, hello))}/x`;
      const { fingerprint256 } = new X509Certificate(cert);
      const session = new ClientSession({ connector: new TCPConnector({ ssl: new Fingerprint(fingerprint256) }) });
      assert.equal(await (await session.get(url)).text(), "hello /x");
      const other = new Fingerprint(Buffer.alloc(32, 7));
      await assert.rejects(async () => await session.get(url, { ssl: other }), (error) => {
        assert.ok(error instanceof ServerFingerprintMismatch && error instanceof ServerConnectionError);
        assert.deepEqual([error.expected, error.got], [other.digest, new Fingerprint(fingerprint256).digest]);
        return true;
      }); // prettier-ignore
      await session.close();
    });
    assert.throws(() => new Fingerprint(Buffer.alloc(20)), { name: "ValueError", message: /sha1 are insecure/ });
    assert.throws(() => new Fingerprint("aa:bb"), { name: "ValueError", message: /32 bytes .* got 2 bytes/ });
    assert.throws(() => new Fingerprint(5 as never), TypeError);
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

eachLoop("a UnixConnector goes to its socket, whatever host the URL names", async (t) => {
  const socket = path.join(folderOf(t), "http.sock");
  await t.run(async () => {
    const server = createHttp((request, response) => response.end(`${request.headers.host} ${request.url}`));
    server.listen(socket);
    await once(server, "listening");
    const connector = new UnixConnector(socket);
    const session = new ClientSession({ connector, baseUrl: "http://somewhere" });
    for (const part of ["/a", "/b"]) assert.equal(await (await session.get(part)).text(), `somewhere ${part}`);
    await assert.rejects(async () => await session.get("/", { proxy: "http://127.0.0.1:1" }), asyncio.ValueError);
    await session.close();
    server.close();
    await once(server, "close");

    const nowhere = new ClientSession({ connector: new UnixConnector(socket) });
    await assert.rejects(async () => await nowhere.get("http://somewhere/"), (error) => {
      assert.ok(error instanceof UnixClientConnectorError && error instanceof ClientConnectorError);
      assert.deepEqual([error.path, error.code, error.host, error.port], [socket, "ENOENT", "somewhere", 80]);
      assert.match(error.message, /^Cannot connect to unix socket .*http\.sock ssl:none \[/);
      return true;
    }); // prettier-ignore
    await nowhere.close();
  });
  assert.throws(() => new UnixConnector(""), TypeError);
});

test("a session that becomes garbage without having been closed is a ResourceWarning; in debug mode with where it was made", async () => {
  const { code, stdout, stderr } = await runChild(
    `
      import * as asyncio from "uvio";
      import { ClientSession } from "uvio/aiohttp";
      const warned = new Promise((resolve) => process.on("warning", resolve));
      function forgetful() { new ClientSession(); }
      await asyncio.run(async () => {
        forgetful();
        try { new ClientSession({ readBufsize: 0 }); } catch {}
        await new ClientSession().close();
      }, { debug: true });
      const collecting = setInterval(gc, 1);
      const { name, message } = await warned;
      clearInterval(collecting);
      let others = 0;
      process.on("warning", () => others++);
      for (let i = 0; i < 5; i++) { gc(); await new Promise(setImmediate); }
      console.log(JSON.stringify({ name, message, others }));`,
    { nodeArgs: ["--expose-gc", "--no-warnings"] },
  );
  assert.equal(code, 0, stderr);
  const { name, message, others } = JSON.parse(stdout) as { name: string; message: string; others: number };
  assert.deepEqual([name, others], ["ResourceWarning", 0]);
  assert.match(message, /^Unclosed client session: await session\.close\(\), or use asyncWith; created at\n.*forgetful/);
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
