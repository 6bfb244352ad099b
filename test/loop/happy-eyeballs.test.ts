/** Semantic 108, happy eyeballs: the race of attempts, and the options of createConnection that use it. */
import assert from "node:assert/strict";
import dns, { type LookupAddress } from "node:dns";
import * as asyncio from "uvio";
import { staggeredRace } from "#uvio/net/happy-eyeballs.js";
import { eachLoop, type LoopTest } from "../support/loops.js";
import { Recorder } from "../support/protocols.js";

const loop = (): asyncio.BaseEventLoop => asyncio.getEventLoop();

class Refused extends Error {}
const isRefused = (error: unknown): boolean => error instanceof Refused;

/** Returns an attempt that logs its outcome. */
function attempt(name: string, events: string[], seconds: number, fails = false): () => asyncio.Coroutine<string> {
  return asyncio.coroutine(function* () {
    events.push(`${name} begins`);
    try {
      yield* asyncio.sleep(seconds);
    } catch (error) {
      events.push(`${name} cancelled`);
      throw error;
    }
    if (fails) throw new Refused(name);
    return name;
  });
}

eachLoop("108 the next address is tried after the delay, and whoever connects first wins", async (t) => {
  await t.run(async () => {
    const events: string[] = [];
    const attempts = [attempt("slow", events, 60), attempt("fast", events, 0), attempt("unused", events, 0)];
    const race = await staggeredRace(loop(), attempts, 0.05, isRefused, () => assert.fail("nothing is to be discarded"));
    assert.deepEqual(race, { won: true, result: "fast" });
    assert.deepEqual(events, ["slow begins", "fast begins", "slow cancelled"]);
  });
});

eachLoop("108 a failure starts the next attempt at once, and all failures are told in order", async (t) => {
  await t.run(async () => {
    const events: string[] = [];
    const begun = loop().time();
    const attempts = [attempt("one", events, 0, true), attempt("two", events, 0.001, true), attempt("three", events, 0, true)];
    const race = await staggeredRace(loop(), attempts, 60, isRefused, () => assert.fail("nothing is to be discarded"));
    assert.ok(!race.won && loop().time() - begun < 30);
    assert.deepEqual(
      race.errors.map((error) => (error as Error).message),
      ["one", "two", "three"],
    );
  });
});

eachLoop("108 who cancels a race cancels every attempt, and what was reached all the same is discarded", async (t) => {
  await t.run(async () => {
    const events: string[] = [];
    const stubborn = asyncio.coroutine(function* () {
      try {
        yield* asyncio.sleep(60);
      } catch {
        return "reached all the same"; // As a connection that was there when the cancellation came.
      }
      return "";
    });
    const discarded: string[] = [];
    const attempts = [attempt("one", events, 60), stubborn];
    const race = asyncio.createTask(staggeredRace<string>(loop(), attempts, 0, isRefused, (result) => discarded.push(result)));
    while (!events.includes("one begins")) await asyncio.sleep(0);
    await asyncio.sleep(0.002); // Both have begun.
    race.cancel();
    await assert.rejects(async () => race, asyncio.CancelledError);
    assert.deepEqual(events, ["one begins", "one cancelled"]);
    assert.deepEqual(discarded, ["reached all the same"]);
  });
});

eachLoop("108 an error that is no failure of an attempt ends the race", async (t) => {
  await t.run(async () => {
    const events: string[] = [];
    const wrong = asyncio.coroutine(function* (): asyncio.CoroutineGenerator<string> {
      yield* asyncio.sleep(0);
      throw new TypeError("a mistake");
    });
    await assert.rejects(async () => staggeredRace<string>(loop(), [attempt("one", events, 60), wrong], 0, isRefused, () => {}), {
      name: "TypeError",
      message: "a mistake",
    });
    assert.deepEqual(events, ["one begins", "one cancelled"]);
  });
});

/** Has every name stand for these addresses, as long as the test runs. */
function resolveTo(t: LoopTest, addresses: LookupAddress[]): void {
  const original = dns.lookup;
  t.after(() => {
    dns.lookup = original;
  });
  const fake = (_host: string, _options: unknown, callback: (error: null, found: LookupAddress[]) => void): void =>
    queueMicrotask(() => callback(null, addresses));
  dns.lookup = fake as unknown as typeof dns.lookup;
}

const V4: LookupAddress = { address: "127.0.0.1", family: 4 };
const OTHER_V4: LookupAddress = { address: "127.0.0.2", family: 4 };
const V6: LookupAddress = { address: "::1", family: 6 };

eachLoop("108 happyEyeballsDelay connects to the address that answers", async (t) => {
  await t.run(async () => {
    const server = await loop().createServer(() => new Recorder(), "127.0.0.1", 0);
    const { port } = server.sockets[0]!.getsockname();
    resolveTo(t, [V6, OTHER_V4, V4]);
    const [transport, client] = await loop().createConnection(() => new Recorder(), "three.example", port, { happyEyeballsDelay: 0.25 });
    assert.deepEqual(transport.getExtraInfo("peername"), { address: "127.0.0.1", port, family: "IPv4" });
    transport.close();
    await client.lost;
    await server.shutdown({ graceSeconds: 0 });
  });
});

/** Returns a port without a listener. */
async function freePort(): Promise<number> {
  const server = await loop().createServer(() => new Recorder(), "127.0.0.1", 0);
  const { port } = server.sockets[0]!.getsockname();
  server.close();
  await server.waitClosed();
  return port;
}

eachLoop("108 the families take turns, after as many of the first as interleave says", async (t) => {
  await t.run(async () => {
    const port = await freePort();
    resolveTo(t, [V4, OTHER_V4, V6]);
    const order = async (options: asyncio.ConnectionOptions): Promise<string[]> => {
      const group = await assertFails(
        loop().createConnection(() => new Recorder(), "three.example", port, { ...options, allErrors: true }),
      );
      assert.ok(group instanceof asyncio.ExceptionGroup);
      return group.errors.map((error) => (error as NodeJS.ErrnoException & { address: string }).address);
    };
    assert.deepEqual(await order({}), ["127.0.0.1", "127.0.0.2", "::1"]);
    assert.deepEqual(await order({ interleave: 1 }), ["127.0.0.1", "::1", "127.0.0.2"]);
    assert.deepEqual(await order({ interleave: 2 }), ["127.0.0.1", "127.0.0.2", "::1"]);
    assert.deepEqual(await order({ happyEyeballsDelay: 0.25 }), ["127.0.0.1", "::1", "127.0.0.2"]);
    assert.deepEqual(await order({ happyEyeballsDelay: 0.25, interleave: 0 }), ["127.0.0.1", "127.0.0.2", "::1"]);
  });
});

async function assertFails(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail("it was to fail");
}

eachLoop("108 without allErrors several failures are one AggregateError, and one failure is itself", async (t) => {
  await t.run(async () => {
    const port = await freePort();
    resolveTo(t, [V4, OTHER_V4]);
    const several = await assertFails(loop().createConnection(() => new Recorder(), "two.example", port));
    assert.ok(several instanceof AggregateError && !(several instanceof asyncio.ExceptionGroup));
    assert.match(several.message, /failed at each of its addresses: .*127\.0\.0\.1.*127\.0\.0\.2/);
    resolveTo(t, [V4]);
    const one = await assertFails(loop().createConnection(() => new Recorder(), "one.example", port));
    assert.equal((one as NodeJS.ErrnoException).code, "ECONNREFUSED");
  });
});

eachLoop("108 localAddr is bound for addresses of its own family; the others fail", async (t) => {
  await t.run(async () => {
    const server = await loop().createServer(() => new Recorder(), "127.0.0.1", 0);
    const { port } = server.sockets[0]!.getsockname();
    resolveTo(t, [V6, V4]);
    const options = { localAddr: { address: "127.0.0.3" } };
    const [transport, client] = await loop().createConnection(() => new Recorder(), "two.example", port, options);
    assert.equal((transport.getExtraInfo("sockname") as asyncio.Address).address, "127.0.0.3");
    transport.close();
    await client.lost;
    resolveTo(t, [V6]);
    await assert.rejects(async () => loop().createConnection(() => new Recorder(), "six.example", port, options), {
      code: "EADDRNOTAVAIL",
      syscall: "connect",
      address: "::1",
    });
    await server.shutdown({ graceSeconds: 0 });
  });
});

eachLoop("108 wrong options of the race are refused", async (t) => {
  await t.run(async () => {
    const open = (options: object) => async () => loop().createConnection(() => new Recorder(), "127.0.0.1", 9, options);
    await assert.rejects(open({ happyEyeballsDelay: "0.25" }), {
      name: "TypeError",
      message: /happyEyeballsDelay must be a number of seconds/,
    });
    await assert.rejects(open({ happyEyeballsDelay: -1 }), {
      name: "TypeError",
      message: /happyEyeballsDelay must be a number of seconds/,
    });
    await assert.rejects(open({ interleave: -1 }), { name: "TypeError", message: /interleave must be an integer/ });
  });
});
