import type { Duplex } from "node:stream";
import { contextState } from "../core/contextvars.js";
import type { BaseProtocol, ExtraInfo, Runnable } from "../core/contracts.js";
import type { OwnedHandle, HandleOwner } from "./owned-handles.js";
import { Receiver, StreamTransport, type TransportOwner } from "./stream-transport.js";

/** In the inbox: the peer has ended. */
const END = Symbol("end");

/**
 * A transport over any Duplex of Node's, Node's own sockets included. What the Duplex reports comes outside of the loop's turn; it is
 * kept in order in an inbox, which stands in the ready queue like asyncio's reader handles.
 */
export class DuplexTransport<D extends Duplex = Duplex> extends StreamTransport implements Runnable, OwnedHandle {
  declare readonly loop: HandleOwner;
  protected readonly duplex: D;
  readonly #inbox: (Buffer | typeof END | (() => void))[] = [];
  /** What does not wait for its turn behind data that nobody reads. */
  #urgent: (() => void)[] | null = null;
  #inboxQueued = false;
  #reading = false;
  /** Something was left unsent: the base class is to hear when it has left. */
  #drainAwaited = false;
  #released = false;
  /** Names of what is closed: as in asyncio, they can be asked for afterwards. */
  #names: Partial<Record<string, unknown>> = {};

  constructor(loop: HandleOwner, duplex: D, protocol: BaseProtocol, owner: TransportOwner | null) {
    super(loop, protocol, owner);
    this.duplex = duplex;
    loop.ownedHandles.add(this);
    duplex.pause();
    duplex.on("data", (data: Buffer) => {
      if (!this.#reading && !this.closing) duplex.pause(); // When a child exits, Node resumes its streams.
      this.receive(data);
    });
    duplex.on("end", () => this.receive(END));
    duplex.on("error", (error: Error) => this.#failed(error));
    duplex.on("close", () => this.receive(() => this.abort())); // Without effect after our own release().
  }

  override getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K];
  override getExtraInfo(name: string, fallback?: unknown): unknown;
  override getExtraInfo(name: string, fallback?: unknown): unknown {
    const found = this.#names[name] ?? this.describe(name);
    return found === undefined ? fallback : found;
  }

  /** Extra information; undefined for what there is not. */
  protected describe(_name: string): unknown {
    return undefined;
  }

  /** From the ready queue: hands out what has arrived. */
  run(): void {
    this.#inboxQueued = false;
    const urgent = this.#urgent;
    this.#urgent = null;
    for (const event of urgent ?? []) event();
    const inbox = this.#inbox;
    let taken = 0;
    while (taken < inbox.length) {
      const event = inbox[taken]!;
      if (typeof event === "function") {
        taken++;
        event();
      } else if (event === END && (this.closing || this.#reading || !this.holdsEnd())) {
        taken++;
        this.onEof();
      } else if (this.closing) {
        taken++;
      } else if (this.#reading && event !== END) {
        taken++;
        if (this.receiver === Receiver.LASTING) this.onData(event);
        else this.onTransientData(event);
      } else {
        break; // Paused: the rest waits for resumeReading().
      }
    }
    inbox.splice(0, taken);
    contextState.current = null;
  }

  protected override send(bytes: Uint8Array): number {
    // A copy, since the caller may reuse its buffer and the Duplex keeps what it cannot pass on at once.
    this.duplex.write(Buffer.from(bytes), this.#sent);
    return this.flush();
  }

  /** The Duplex sends by itself, and has counted off what was taken at once. */
  protected override flush(): number {
    const unsent = this.duplex.writableLength;
    if (unsent > 0) this.#drainAwaited = true;
    return unsent;
  }

  protected override readStart(): void {
    this.#reading = true;
    this.duplex.resume();
    if (this.#inbox.length > 0) this.#queueInbox();
  }

  /** Whether the peer's end waits, as data does, until the protocol reads. */
  protected holdsEnd(): boolean {
    return true;
  }

  protected override readStop(): void {
    this.#reading = false;
    this.duplex.pause();
  }

  protected override shutdownSending(): void {
    this.duplex.end();
  }

  /** The loop is closed: nobody is told any more. */
  dispose(): void {
    this.release();
  }

  protected override release(): void {
    this.loop.ownedHandles.delete(this);
    this.#released = true;
    this.#names = { sockname: this.describe("sockname"), peername: this.describe("peername") };
    this.#inbox.length = 0;
    this.duplex.destroy();
  }

  /** Puts something that has happened to the Duplex behind what has happened before. */
  protected receive(event: Buffer | typeof END | (() => void)): void {
    if (this.#released) return;
    this.#inbox.push(event);
    this.#queueInbox();
  }

  readonly #sent = (error?: Error | null): void => {
    if (!this.#drainAwaited || error instanceof Error) return; // What is dropped has not been sent.
    this.#drainAwaited = false;
    this.#receiveFirst(() => this.onDrained(this.flush()));
  };

  #failed(error: Error): void {
    const event = (): void => this.onError(error);
    // Behind what has arrived before; but who does not read, and waits until it can be written, must not wait for ever.
    if (this.#reading || !this.#drainAwaited) this.receive(event);
    else this.#receiveFirst(event);
  }

  /** For what has nothing to do with reading: data that a paused protocol does not want yet must not hold it up. */
  #receiveFirst(event: () => void): void {
    if (this.#released) return;
    (this.#urgent ??= []).push(event);
    this.#queueInbox();
  }

  #queueInbox(): void {
    if (this.#inboxQueued || this.loop.isClosed()) return;
    this.#inboxQueued = true;
    this.loop.enqueue(this);
  }
}
