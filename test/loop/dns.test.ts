/** getaddrinfo and getnameinfo, on both loops. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";

eachLoop("literals are their own addresses, without a look-up", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    assert.deepEqual(await loop.getaddrinfo("127.0.0.1", 80), [{ address: "127.0.0.1", port: 80, family: "IPv4" }]);
    assert.deepEqual(await loop.getaddrinfo("::1", null), [{ address: "::1", port: 0, family: "IPv6" }]);
    const expected = { code: "ENOTFOUND", syscall: "getaddrinfo" };
    await assert.rejects(async () => loop.getaddrinfo("::1", 80, { family: "IPv4" }), expected);
  });
});

eachLoop("no host is this one", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const addresses = async (options: asyncio.AddressInfoOptions): Promise<string[]> =>
      (await loop.getaddrinfo(null, 80, options)).map(({ address }) => address);
    assert.deepEqual(await addresses({}), ["127.0.0.1", "::1"]);
    assert.deepEqual(await addresses({ flags: asyncio.AI_PASSIVE }), ["0.0.0.0", "::"]);
    assert.deepEqual(await addresses({ flags: asyncio.AI_PASSIVE, family: "IPv6" }), ["::"]);
    await assert.rejects(async () => loop.getaddrinfo("", 80), { code: "ENOTFOUND", errno: -3008, hostname: "" });
  });
});

eachLoop("names are looked up; one that nobody has is refused with the resolver's error", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const found = await loop.getaddrinfo("localhost", 80, { family: "IPv4" });
    assert.ok(found.some(({ address, port }) => address === "127.0.0.1" && port === 80));
    await assert.rejects(async () => loop.getaddrinfo("nobody.invalid", 80), { syscall: "getaddrinfo", hostname: "nobody.invalid" });
  });
});

eachLoop("flags say how a name is looked up", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const addresses = async (host: string, options: asyncio.AddressInfoOptions): Promise<string[]> =>
      (await loop.getaddrinfo(host, 80, options)).map(({ address }) => address);
    const { AI_ADDRCONFIG, AI_ALL, AI_NUMERICHOST, AI_NUMERICSERV, AI_PASSIVE, AI_V4MAPPED } = asyncio;
    assert.deepEqual(await addresses("192.0.2.7", { flags: AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE }), ["192.0.2.7"]);
    await assert.rejects(addresses("localhost", { flags: AI_NUMERICHOST }), { code: "ENOTFOUND", hostname: "localhost" });
    assert.deepEqual(await addresses("192.0.2.7", { family: "IPv6", flags: AI_V4MAPPED }), ["::ffff:192.0.2.7"]);
    assert.deepEqual(await addresses("::1", { family: "IPv6", flags: AI_V4MAPPED }), ["::1"]);
    await assert.rejects(addresses("::1", { family: "IPv4", flags: AI_V4MAPPED }), { code: "ENOTFOUND" });
    const mapped = await addresses("localhost", { family: "IPv6", flags: AI_V4MAPPED | AI_ALL });
    assert.ok(mapped.includes("::ffff:127.0.0.1"), String(mapped));
    assert.ok((await addresses("localhost", { family: "IPv4", flags: AI_ADDRCONFIG })).includes("127.0.0.1"));
    const unknown = { code: "EAI_BADFLAGS", errno: -3002, syscall: "getaddrinfo", hostname: "localhost" };
    await assert.rejects(addresses("localhost", { flags: 1 << 20 }), unknown);
  });
});

eachLoop("a protocol has to fit the type of the sockets", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const { IPPROTO_TCP, IPPROTO_UDP } = asyncio;
    const address = [{ address: "127.0.0.1", port: 80, family: "IPv4" }];
    for (const options of [
      { proto: 0 },
      { proto: IPPROTO_TCP },
      { type: "stream", proto: IPPROTO_TCP },
      { type: "dgram", proto: IPPROTO_UDP },
    ] as const) {
      assert.deepEqual(await loop.getaddrinfo("127.0.0.1", 80, options), address);
    }
    const refused = { code: "EAI_SOCKTYPE", errno: -3011, syscall: "getaddrinfo" };
    for (const options of [{ type: "stream", proto: IPPROTO_UDP }, { type: "dgram", proto: IPPROTO_TCP }, { proto: 132 }] as const) {
      await assert.rejects(async () => loop.getaddrinfo("127.0.0.1", 80, options), refused);
    }
  });
});

eachLoop("several look-ups run at once, and a cancelled one is forgotten", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const all = await asyncio.gather(...[1, 2, 3].map((port) => loop.getaddrinfo("localhost", port, { family: "IPv4" })));
    assert.deepEqual(
      all.map(([first]) => first!.port),
      [1, 2, 3],
    );
    await assert.rejects(async () => asyncio.waitFor(loop.getaddrinfo("localhost", 1), 0), asyncio.TimeoutError);
  });
});

eachLoop("getnameinfo names an address and its port, or gives the numbers back", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    const sockaddr = { address: "127.0.0.1", port: 0 };
    const numeric = { numericHost: true, numericService: true };
    assert.deepEqual(await loop.getnameinfo({ address: "192.0.2.7", port: 8080 }, numeric), ["192.0.2.7", "8080"]);
    assert.deepEqual(await loop.getnameinfo(sockaddr, { numericHost: true }), ["127.0.0.1", "0"]);
    const [host, service] = await loop.getnameinfo(sockaddr);
    assert.equal(typeof host, "string");
    assert.equal(service, "0");
  });
});

eachLoop("wrong arguments are refused at once", async (t) => {
  await t.run(async () => {
    const loop = asyncio.getEventLoop();
    assert.throws(() => loop.getaddrinfo(5 as never, 80), TypeError);
    assert.throws(() => loop.getaddrinfo(["a"] as never, 80), TypeError);
    assert.throws(() => loop.getaddrinfo("a", "http" as never), TypeError);
    assert.throws(() => loop.getaddrinfo("a", 65536), RangeError);
    assert.throws(
      () => loop.getaddrinfo("a", 80, { flags: "AI_PASSIVE" as never }),
      /TypeError: flags must be an integer of 0 or more, got/,
    );
    assert.throws(() => loop.getaddrinfo("a", 80, { proto: -1 }), /TypeError: proto must be/);
    assert.throws(() => loop.getaddrinfo("a", 80, { type: "raw" as never }), /TypeError: type must be/);
    assert.throws(() => loop.getnameinfo(null as never), TypeError);
    assert.throws(() => loop.getnameinfo({ address: "localhost", port: 1 }), /TypeError: sockaddr.address must be an IP address/);
  });
});
