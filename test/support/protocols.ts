/** Protocols that record their calls. */
import * as asyncio from "uvio";

function future<T>(): asyncio.Future<T> {
  return asyncio.getEventLoop().createFuture<T>();
}

export class Recorder extends asyncio.Protocol {
  readonly events: string[] = [];
  readonly chunks: Buffer[] = [];
  readonly made: asyncio.Future<asyncio.Transport> = future();
  readonly ended: asyncio.Future<void> = future();
  readonly lost: asyncio.Future<Error | null> = future();
  transport!: asyncio.Transport;
  #length = 0;
  #waiting: { length: number; future: asyncio.Future<void> } | null = null;

  override connectionMade(transport: asyncio.Transport): void {
    this.events.push("made");
    this.transport = transport;
    this.made.setResult(transport);
  }

  override dataReceived(data: Buffer): void {
    if (this.events.at(-1) !== "data") this.events.push("data");
    this.chunks.push(data);
    this.#length += data.length;
    if (this.#waiting !== null && this.#length >= this.#waiting.length) {
      if (!this.#waiting.future.done()) this.#waiting.future.setResult();
      this.#waiting = null;
    }
  }

  override eofReceived(): boolean | void {
    this.events.push("eof");
    if (!this.ended.done()) this.ended.setResult();
  }

  override connectionLost(error: Error | null): void {
    this.events.push("lost");
    this.lost.setResult(error);
  }

  override pauseWriting(): void {
    this.events.push("pauseWriting");
  }

  override resumeWriting(): void {
    this.events.push("resumeWriting");
  }

  get length(): number {
    return this.#length;
  }

  /** Returns all received bytes. */
  data(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** Returns a future that completes when at least `length` bytes have arrived. */
  received(length: number): asyncio.Future<void> {
    const done = future<void>();
    if (this.#length >= length) done.setResult();
    else this.#waiting = { length, future: done };
    return done;
  }
}

/** Keeps its sending side open when the peer ends. */
export class HalfOpenRecorder extends Recorder {
  override eofReceived(): boolean {
    super.eofReceived();
    return true;
  }
}

/** Sends received data back. */
export class Echo extends Recorder {
  override dataReceived(data: Buffer): void {
    super.dataReceived(data);
    this.transport.write(data);
  }
}

export interface Pair<C, S> {
  server: Awaited<ReturnType<asyncio.EventLoop["createServer"]>>;
  client: C;
  transport: asyncio.Transport;
  /** The protocol on the server's side. */
  peer: S;
  port: number;
  /** Closes both ends and waits until they are gone. */
  close(): Promise<void>;
}

/** A connection between two protocols over loopback. */
export async function connectPair<C extends Recorder, S extends Recorder>(
  makeClient: () => C,
  makePeer: () => S,
  serverOptions: asyncio.ServerOptions = {},
  clientOptions: asyncio.ConnectionOptions = {},
): Promise<Pair<C, S>> {
  const loop = asyncio.getEventLoop();
  let peer: S | undefined;
  const server = await loop.createServer(() => (peer = makePeer()), "127.0.0.1", 0, serverOptions);
  const { port } = server.sockets[0]!.getsockname();
  const [transport, client] = await loop.createConnection(makeClient, "127.0.0.1", port, clientOptions);
  while (peer === undefined) await asyncio.sleep(0.0005); // accept(2) may take a few turns.
  await peer.made;
  const close = async (): Promise<void> => {
    server.close();
    transport.abort();
    peer!.transport.abort();
    await client.lost;
    await peer!.lost;
    await server.waitClosed();
  };
  return { server, client, transport, peer, port, close };
}

/** Returns bytes that reveal their position: no two blocks of four bytes are equal within 64 MiB. */
export function pattern(length: number, seed = 0): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + seed + 1, 0x9e3779b1);
  return Buffer.from(words.buffer, 0, length);
}
