/** Whose certificate is taken, on either side. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { ca, identity, selfSigned } from "../support/certificates.js";
import { Echo, Recorder } from "../support/protocols.js";
import { code, end, serve, serverSsl, tls } from "./serving.js";

tls("a server that no known authority vouches for is refused, and neither side's protocol hears of it", async (t) => {
  const warnings: string[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning.message);
  process.on("warning", onWarning);
  t.after(() => void process.off("warning", onWarning));
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const peers: Recorder[] = [];
    const [server, port] = await serve(() => (peers.push(new Recorder()), peers.at(-1)!), { ssl: serverSsl() });
    loop.setDebug(true);
    const client = new Recorder();
    await assert.rejects(
      async () => loop.createConnection(() => client, "127.0.0.1", port, { ssl: true }),
      code("UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
    );
    await end(server);
    loop.setDebug(false);
    await asyncio.sleep(0); // A warning is emitted a tick later.
    assert.deepEqual([client.events, peers.map(({ events }) => events)], [[], [[]]]);
  });
  assert.match(warnings.join("\n"), /TLS handshake of <TlsTransport .*> failed/);
});

tls("a certificate must be for the host that was asked for, or for serverHostname", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const { key, cert } = identity("elsewhere", "DNS:elsewhere.test");
    const [server, port] = await serve(() => new Echo(), { ssl: { key, cert } });
    const open = (serverHostname?: string) => async () =>
      loop.createConnection(() => new Recorder(), "127.0.0.1", port, { ssl: { ca }, serverHostname });
    await assert.rejects(open(), code("ERR_TLS_CERT_ALTNAME_INVALID"));
    await assert.rejects(open("localhost"), code("ERR_TLS_CERT_ALTNAME_INVALID"));
    for (const name of ["elsewhere.test", ""]) {
      const [transport, client] = await open(name)();
      transport.write(name);
      transport.close();
      await client.lost;
    }
    await end(server);
  });
});

tls("rejectUnauthorized: false takes any server", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const [server, port] = await serve(() => new Echo(), { ssl: serverSsl() });
    const [transport, client] = await loop.createConnection(() => new Recorder(), "127.0.0.1", port, {
      ssl: { rejectUnauthorized: false },
    });
    assert.equal(transport.getExtraInfo("sslObject")!.authorized, false);
    transport.close();
    assert.equal(await client.lost, null);
    await end(server);
  });
});

tls("a server that asks for certificates takes clients that have one, and drops the others", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const peers: Recorder[] = [];
    const [server, port] = await serve(() => (peers.push(new Echo()), peers.at(-1)!), {
      ssl: { ...serverSsl(), ca, requestCert: true, rejectUnauthorized: true },
    });
    const open = (ssl: object) => loop.createConnection(() => new Recorder(), "127.0.0.1", port, { ssl: { ca, ...ssl } });

    const { key, cert } = identity("alice");
    const [transport, client] = await open({ key, cert });
    transport.write("hello");
    await client.received(5);
    assert.equal(peers[0]!.transport.getExtraInfo("peercert")!.subject.CN, "alice");
    assert.equal(peers[0]!.transport.getExtraInfo("sslObject")!.authorized, true);
    assert.equal(transport.getExtraInfo("peercert")!.subject.CN, "server");
    transport.close();
    await client.lost;

    // With TLS 1.3 the client is through before the server has seen that it has no certificate, or one of its own making.
    const [, nobody] = await open({});
    assert.ok((await nobody.lost) instanceof Error);
    const { key: strangeKey, cert: strangeCert } = selfSigned("stranger");
    const [, stranger] = await open({ key: strangeKey, cert: strangeCert });
    await stranger.lost;
    // With TLS 1.2 the client fails.
    await assert.rejects(async () => open({ maxVersion: "TLSv1.2" }));
    await end(server);
    assert.deepEqual(
      peers.slice(1).map(({ events }) => events),
      [[], [], []],
    );
  });
});

tls("a server that only asks for certificates tells whether the client's is good", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getRunningLoop();
    const peers: Recorder[] = [];
    const [server, port] = await serve(() => (peers.push(new Echo()), peers.at(-1)!), {
      ssl: { ...serverSsl(), ca, requestCert: true, rejectUnauthorized: false },
    });
    const { key, cert } = identity("alice");
    for (const ssl of [{ key, cert }, {}]) {
      const [transport, client] = await loop.createConnection(() => new Recorder(), "127.0.0.1", port, { ssl: { ca, ...ssl } });
      transport.write("x");
      await client.received(1);
      transport.close();
      await client.lost;
    }
    await end(server);
    assert.deepEqual(
      peers.map((peer) => peer.transport.getExtraInfo("sslObject")!.authorized),
      [true, false],
    );
  });
});
