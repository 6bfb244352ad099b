/** A datagram protocol that records its calls. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";

export class DatagramRecorder<A extends asyncio.Address | string = asyncio.Address> extends asyncio.DatagramProtocol<A> {
  readonly events: string[] = [];
  readonly got: { data: Buffer; addr: A }[] = [];
  readonly errors: NodeJS.ErrnoException[] = [];
  readonly lost = asyncio.getEventLoop().createFuture<Error | null>();
  transport!: asyncio.DatagramTransport<A>;
  #waiting: { holds: () => boolean; done: asyncio.Future<void> } | null = null;

  override connectionMade(transport: asyncio.DatagramTransport<A>): void {
    this.events.push("made");
    this.transport = transport;
  }

  override datagramReceived(data: Buffer, addr: A): void {
    this.got.push({ data, addr });
    this.#check();
  }

  override errorReceived(error: Error): void {
    this.errors.push(error);
    this.#check();
  }

  override pauseWriting(): void {
    this.events.push("pauseWriting");
  }

  override resumeWriting(): void {
    this.events.push("resumeWriting");
  }

  override connectionLost(error: Error | null): void {
    this.events.push("lost");
    this.lost.setResult(error);
  }

  /** Returns a future that completes when `holds()` is true. It is checked now and after each datagram and error. */
  until(holds: () => boolean): asyncio.Future<void> {
    const done = asyncio.getEventLoop().createFuture<void>();
    this.#waiting = { holds, done };
    this.#check();
    return done;
  }

  /** Returns a future that completes when `count` datagrams and errors have arrived in total. */
  count(count: number): asyncio.Future<void> {
    return this.until(() => this.got.length + this.errors.length >= count);
  }

  texts(): string[] {
    return this.got.map(({ data }) => data.toString());
  }

  /** Returns the texts with their senders. */
  letters(): [text: string, sender: A][] {
    return this.got.map(({ data, addr }) => [data.toString(), addr]);
  }

  #check(): void {
    if (this.#waiting === null || !this.#waiting.holds()) return;
    this.#waiting.done.setResult();
    this.#waiting = null;
  }
}

type End = readonly [transport: { close(): void }, protocol: { lost: asyncio.Future<Error | null> }, ...unknown[]];

/** Closes endpoints, and waits until connectionLost was called on each protocol. */
export async function closeAll(...ends: End[]): Promise<void> {
  for (const [transport, protocol] of ends) {
    transport.close();
    assert.equal(await protocol.lost, null);
  }
}
