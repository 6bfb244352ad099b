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
    assert.deepEqual(await addresses({ passive: true }), ["0.0.0.0", "::"]);
    assert.deepEqual(await addresses({ passive: true, family: "IPv6" }), ["::"]);
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
    assert.throws(() => loop.getnameinfo(null as never), TypeError);
    assert.throws(() => loop.getnameinfo({ address: "localhost", port: 1 }), /TypeError: sockaddr.address must be an IP address/);
  });
});
