/** Our callbacks throw whatever can be thrown. */
import assert from "node:assert/strict";
import { once } from "node:events";
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";
import { rawConnect } from "../../support/raw.js";
import { echoOnce } from "../support/clients.js";
import { RawLoop, untilNothingIsLeft } from "../support/raw-loop.js";

/** A proxy whose every trap throws: even looking at it is an exception. */
const hostile: unknown = new Proxy(
  {},
  new Proxy(
    {},
    {
      get: () => () => {
        throw new Error("trapped");
      },
    },
  ),
);

const THROWN: readonly unknown[] = [new Error("thrown"), null, undefined, Symbol("thrown"), 0, "", Object.create(null), () => {}];

export const PLACES = ["turn", "microtask", "tick", "turn and microtask"] as const;
export type Place = (typeof PLACES)[number];

function throwFrom(place: Place, value: unknown): void {
  const fail = (): never => {
    throw value;
  };
  if (place === "tick") process.nextTick(fail);
  if (place.includes("microtask")) queueMicrotask(fail);
  if (place.includes("turn")) fail();
}

/** Each value reaches the uncaughtException listener, and the loop goes on. */
export async function throwFromTurn(place: Place): Promise<void> {
  const values = [...THROWN, ...(place === "turn" ? [hostile] : [])];
  const uncaught: unknown[] = [];
  const perValue = place === "turn and microtask" ? 2 : 1;
  const all = new Promise<void>((resolve) =>
    process.on("uncaughtException", (error: unknown) => {
      uncaught.push(error);
      if (uncaught.length === values.length * perValue) resolve();
    }),
  );
  let next = 0;
  const loop = new RawLoop({
    onTurn: (self) => {
      if (next >= values.length) return undefined;
      self.native.wake();
      return throwFrom(place, values[next++]) as undefined;
    },
  });
  const { port } = loop.listen();
  const echo = echoOnce(port, 100_000);
  loop.native.wake();
  await all;
  await echo;
  // Not deepEqual, which would look at the proxy.
  for (const [i, value] of values.entries()) {
    for (let k = 0; k < perValue; k++) assert.ok(uncaught[i * perValue + k] === value, `the value thrown as number ${i} arrives`);
  }
  loop.native.close();
  await untilNothingIsLeft();
}

/** There is no listener for uncaughtException. */
export function throwUnheard(index: number): void {
  const loop = new RawLoop({ onTurn: () => throwFrom("turn", THROWN[index]) as undefined });
  loop.native.wake();
}
throwUnheard.values = THROWN.length;

/** The uncaughtException listener throws in turn. */
export function throwTwice(): void {
  process.on("uncaughtException", () => {
    throw null;
  });
  throwUnheard(0);
}

/** The uncaughtException listener closes the loop whose turn has thrown. */
export async function closeWhenTold(): Promise<void> {
  const loop = new RawLoop({ onTurn: () => throwFrom("turn", null) as undefined });
  process.once("uncaughtException", () => loop.native.close());
  loop.listen();
  loop.native.wake();
  await once(process, "uncaughtException");
  await untilNothingIsLeft();
}

export const CALLBACKS = ["connectionMade", "dataReceived", "eofReceived", "connectionLost", "getBuffer", "bufferUpdated"] as const;
type CallbackName = (typeof CALLBACKS)[number];

/** A protocol with what asyncio calls on it; `throws` is the one that fails. */
function failing(throws: CallbackName, value: unknown): asyncio.Protocol {
  const protocol: Record<string, (...args: never[]) => unknown> = {
    connectionMade() {},
    eofReceived() {},
    connectionLost() {},
  };
  if (throws === "getBuffer" || throws === "bufferUpdated") {
    protocol["getBuffer"] = () => new Uint8Array(10);
    protocol["bufferUpdated"] = () => {};
  } else {
    protocol["dataReceived"] = () => {};
  }
  protocol[throws] = () => {
    throw value;
  };
  return protocol as unknown as asyncio.Protocol;
}

/** Each value reaches the loop's exception handler once. Other connections are served before, during and after. */
export async function throwFromProtocol(callback: CallbackName): Promise<void> {
  class Echo extends asyncio.Protocol {
    #transport!: asyncio.Transport;
    override connectionMade(transport: asyncio.Transport): void {
      this.#transport = transport;
    }
    override dataReceived(bytes: Buffer): void {
      this.#transport.write(bytes);
    }
  }
  await uvloop.run(async () => {
    const loop = asyncio.getRunningLoop();
    const sound = await loop.createServer(() => new Echo(), "127.0.0.1", 0);
    const soundPort = sound.sockets[0]!.getsockname().port;
    for (const value of THROWN) {
      const told = loop.createFuture<unknown>();
      loop.setExceptionHandler((_, { exception }) => told.setResult(exception));
      const server = await loop.createServer(() => failing(callback, value), "127.0.0.1", 0);
      const client = await rawConnect(server.sockets[0]!.getsockname().port);
      const echo = echoOnce(soundPort, 10_000);
      client.end("some bytes");
      assert.ok((await told) === value, `${String(callback)}: ${String(typeof value)} arrives`);
      await echo;
      client.destroy();
      server.close();
      await server.waitClosed();
    }
    await echoOnce(soundPort, 10_000);
    sound.close();
    await sound.waitClosed();
  });
  await untilNothingIsLeft();
}
