/** In whose context protocols are made and called, on both loops. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop } from "../support/loops.js";
import { Recorder } from "../support/protocols.js";
import { on, SPELLINGS, Writer } from "../support/spellings.js";

const variable = new asyncio.ContextVar<string>("variable");

/** Notes what the variable is in each callback, and leaves a mark in it. */
class Noting extends asyncio.Protocol {
  readonly seen: string[] = [];
  readonly heard = asyncio.getEventLoop().createFuture<void>();
  readonly lost = asyncio.getEventLoop().createFuture<void>();

  constructor() {
    super();
    this.#note("factory");
  }

  override connectionMade(): void {
    this.#note("made");
  }

  override dataReceived(): void {
    this.#note("data");
    this.heard.setResult();
  }

  override eofReceived(): void {
    this.#note("eof");
  }

  override connectionLost(): void {
    this.#note("lost");
    this.lost.setResult();
  }

  #note(event: string): void {
    this.seen.push(`${event}: ${variable.get("nothing")}`);
    variable.set(event);
  }
}

const rest = ["made: factory", "data: made", "eof: data", "lost: eof"];

for (const spelling of SPELLINGS) {
  const writer = new Writer(spelling);

  eachLoop(`a server's connections begin in the context it was made in, each in a copy of its own, ${spelling}`, async (t) => {
    const main = writer.fn(function* main() {
      const loop = asyncio.getRunningLoop();
      const peers: Noting[] = [];
      const accept = (): Noting => {
        const peer = new Noting();
        peers.push(peer);
        return peer;
      };
      variable.set("the server's");
      const server = yield* on(loop.createServer(accept, "127.0.0.1", 0));
      const { port } = server.sockets[0]!.getsockname();
      variable.set("later");
      for (let i = 0; i < 2; i++) {
        const [transport] = yield* on(loop.createConnection(() => new Recorder(), "127.0.0.1", port));
        transport.write("x");
        while (peers.length === i) yield* on(asyncio.sleep(0));
        yield* on(peers[i]!.heard);
        transport.close();
        yield* on(peers[i]!.lost);
        assert.deepEqual(peers[i]!.seen, ["factory: the server's", ...rest]);
      }
      assert.equal(variable.get(), "later");
      server.close();
      yield* on(server.waitClosed());
    });
    await t.run(main.lazy());
  });

  eachLoop(`a connection's callbacks share the context it was made in, as it was then, ${spelling}`, async (t) => {
    const main = writer.fn(function* main() {
      const loop = asyncio.getRunningLoop();
      const answer = class extends asyncio.Protocol {
        override connectionMade(transport: asyncio.Transport): void {
          transport.write("x");
          transport.close();
        }
      };
      const server = yield* on(loop.createServer(() => new answer(), "127.0.0.1", 0));
      const { port } = server.sockets[0]!.getsockname();
      variable.set("the client's");
      const [, client] = yield* on(loop.createConnection(() => new Noting(), "127.0.0.1", port));
      variable.set("later");
      yield* on(client.lost);
      assert.deepEqual(client.seen, ["factory: the client's", ...rest]);
      server.close();
      yield* on(server.waitClosed());
    });
    await t.run(main.lazy());
  });

  eachLoop(`who is told of a stream's connection runs in the server's context, ${spelling}`, async (t) => {
    const main = writer.fn(function* main() {
      variable.set("the server's");
      const seen = asyncio.getRunningLoop().createFuture<string>();
      const connected = writer.fn(function* connected(_reader: asyncio.StreamReader, stream: asyncio.StreamWriter) {
        seen.setResult(variable.get());
        variable.set("its own");
        stream.close();
        yield* on(stream.waitClosed());
      });
      const server = yield* on(asyncio.startServer(connected, "127.0.0.1", 0));
      variable.set("later");
      const [reader, stream] = yield* on(asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port));
      assert.equal((yield* on(reader.read())).length, 0);
      assert.equal(yield* on(seen), "the server's");
      assert.equal(variable.get(), "later");
      stream.close();
      yield* on(stream.waitClosed());
      server.close();
      yield* on(server.waitClosed());
    });
    await t.run(main.lazy());
  });
}
