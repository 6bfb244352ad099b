/**
 * A NativeLoop that a test drives by hand, with rings and arenas of any size. It does the work of src/native-loop/boundary/channel.ts, and
 * tolerates garbage in its own rings. The tests check that the C++ side does so too.
 */
import assert from "node:assert/strict";
import { loadBinding, Turn, type NativeAddress, type NativeLoop } from "#uvio/native-loop/boundary/addon.js";
import { makeRing } from "#uvio/native-loop/boundary/channel.js";
import { Completion, Header, Op, ReadMode, Submission, TRANSIENT_ARENA } from "#uvio/native-loop/boundary/layout.js";

/** A handle as the addon identifies it. */
export type Name = readonly [slot: number, generation: number];

/** The events that a test handles in another way than an echo server does. */
export interface Handlers {
  accept?: (connection: Name) => void;
  acceptError?: (status: number) => void;
  connect?: (connection: Name, status: number) => void;
  data?: (connection: Name, bytes: Uint8Array) => void;
  eof?: (connection: Name) => void;
  readError?: (connection: Name, status: number) => void;
  written?: (connection: Name, status: number, queued: number) => void;
  shutdown?: (connection: Name, status: number) => void;
}

export interface RawLoopOptions extends Handlers {
  /** Records per ring; a power of two. */
  capacity?: number;
  arenaBytes?: number;
  mode?: number;
  /** Provided at once; more when one has retired. */
  lastingArenas?: number;
  /** Called first in each turn; a result other than undefined is the turn's, and no record is handled. */
  onTurn?: (loop: RawLoop) => number | undefined;
  /** Begin a run at once; the default. */
  started?: boolean;
}

interface Waiter {
  condition: () => boolean;
  resolve: () => void;
}

export class RawLoop {
  readonly native: NativeLoop;
  readonly completions: Int32Array;
  readonly submissions: Int32Array;
  readonly capacity: number;
  readonly arenaBytes: number;
  /** Calls of the turn. */
  turns = 0;
  /** Connections accepted and not closed. */
  readonly accepted: Name[] = [];
  readonly #options: RawLoopOptions;
  readonly #mode: number;
  readonly #lasting = new Map<number, ArrayBuffer>();
  readonly #waiters = new Set<Waiter>();
  #sendUsed = 0;

  constructor(options: RawLoopOptions = {}) {
    this.#options = options;
    this.capacity = options.capacity ?? 64;
    this.arenaBytes = options.arenaBytes ?? 1 << 16;
    this.#mode = options.mode ?? ReadMode.TRANSIENT;
    this.completions = makeRing(this.capacity, Completion.INTS);
    this.submissions = makeRing(this.capacity, Submission.INTS);
    const { Loop } = loadBinding();
    this.native = new Loop({
      completions: this.completions,
      submissions: this.submissions,
      sendArenaBytes: this.arenaBytes,
      transientArenaBytes: this.arenaBytes,
      lastingArenaBytes: this.arenaBytes,
      turn: () => this.#turn(),
    });
    for (let i = 0; i < (options.lastingArenas ?? (this.#mode === ReadMode.LASTING ? 2 : 0)); i++) this.provideArena();
    if (options.started !== false) this.native.start();
  }

  listen(): { name: Name; port: number } {
    const name = this.named(this.native.bind({ address: "127.0.0.1", port: 0, ipv6Only: false, reusePort: false }));
    assert.equal(this.native.startListening(...name, 511), 0);
    return { name, port: (this.native.localAddress(...name) as NativeAddress).port };
  }

  connect(port: number): Name {
    return this.named(this.native.connect({ address: "127.0.0.1", port }));
  }

  named(slot: number): Name {
    assert.ok(slot >= 0, `a slot expected: ${slot}`);
    return [slot, this.native.generation(slot)];
  }

  readStart(name: Name): void {
    assert.equal(this.native.readStart(...name, this.#mode), 0);
  }

  /** Settles after the turn that makes the condition true. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.add({ condition, resolve }));
  }

  provideArena(): void {
    const { id, memory } = this.native.provideArena();
    this.#lasting.set(id, memory);
  }

  /** Every arena that JavaScript can reach. */
  arenas(): ArrayBuffer[] {
    return [this.native.sendArena, this.native.transientArena, ...this.#lasting.values()];
  }

  /** Does what `transport.write` does. */
  submit(name: Name, bytes: Uint8Array): void {
    const ring = this.submissions;
    if (bytes.length > this.arenaBytes) {
      this.native.write(...name, bytes, 0, bytes.length);
      return;
    }
    if (ring[Header.HEAD] === ring[Header.TAIL]) this.#sendUsed = 0;
    if (ring[Header.TAIL]! - ring[Header.HEAD]! >= this.capacity || this.#sendUsed + bytes.length > this.arenaBytes) {
      this.native.flush();
      this.#sendUsed = 0;
    }
    new Uint8Array(this.native.sendArena).set(bytes, this.#sendUsed);
    this.append([...name, this.#sendUsed, bytes.length]);
    this.#sendUsed += bytes.length;
  }

  /** Appends a submission record, whatever it says. */
  append(record: readonly number[]): void {
    const ring = this.submissions;
    const tail = ring[Header.TAIL]!;
    ring.set(record, Header.INTS + (tail & (this.capacity - 1)) * Submission.INTS);
    ring[Header.TAIL] = tail + 1;
  }

  #turn(): number {
    this.turns++;
    const result = this.#options.onTurn?.(this);
    if (result === undefined) {
      do this.#handleRecords();
      while (this.native.refill() > 0);
    }
    for (const waiter of this.#waiters) {
      if (!waiter.condition()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
    return result ?? Turn.DONE;
  }

  #handleRecords(): void {
    const ring = this.completions;
    // With garbage in the counters there is no end to wait for.
    for (let count = 0; count < this.capacity && ring[Header.HEAD] !== ring[Header.TAIL]; count++) {
      const head = ring[Header.HEAD]!;
      ring[Header.HEAD] = head + 1;
      const at = Header.INTS + (head & (this.capacity - 1)) * Completion.INTS;
      this.#handle(ring.slice(at, at + Completion.INTS));
    }
    if (ring[Header.TAIL]! - ring[Header.HEAD]! > this.capacity) ring[Header.HEAD] = ring[Header.TAIL]!;
  }

  #handle(record: Int32Array): void {
    const name: Name = [record[Completion.SLOT]!, record[Completion.GENERATION]!];
    const status = record[Completion.STATUS]!;
    const offset = record[Completion.OFFSET]!;
    const length = record[Completion.LENGTH]!;
    const { native } = this;
    const on = this.#options;
    const close = (): void => this.close(name);
    switch (record[Completion.OP]) {
      case Op.RETIRED:
        if (this.#lasting.delete(offset)) this.provideArena();
        return;
      case Op.ACCEPT:
        if (status < 0) on.acceptError?.(status);
        else this.#accepted([offset, length]);
        return;
    }
    if (native.generation(name[0]) !== name[1]) return; // Closed since.
    switch (record[Completion.OP]) {
      case Op.DATA: {
        const bytes = this.#received(status, offset, length);
        if (bytes !== null) (on.data ?? ((to, echoed) => this.submit(to, echoed)))(name, bytes);
        break;
      }
      case Op.EOF:
        (on.eof ?? close)(name);
        break;
      case Op.READ_ERROR:
        (on.readError ?? close)(name, status);
        break;
      case Op.CONNECT:
        on.connect?.(name, status);
        break;
      case Op.WRITTEN:
        on.written?.(name, status, offset);
        break;
      case Op.SHUTDOWN:
        on.shutdown?.(name, status);
        break;
    }
  }

  close(name: Name): void {
    const index = this.accepted.findIndex(([slot, generation]) => slot === name[0] && generation === name[1]);
    if (index >= 0) this.accepted.splice(index, 1);
    this.native.closeHandle(...name);
  }

  #accepted(connection: Name): void {
    this.accepted.push(connection);
    if (this.#options.accept !== undefined) this.#options.accept(connection);
    else this.native.readStart(...connection, this.#mode);
  }

  /** Null for a record that is garbage. */
  #received(arena: number, offset: number, length: number): Uint8Array | null {
    const memory = arena === TRANSIENT_ARENA ? this.native.transientArena : this.#lasting.get(arena);
    if (memory === undefined || offset < 0 || length < 0 || offset + length > this.arenaBytes) return null;
    if (memory.byteLength === 0) return new Uint8Array(this.native.copyFromArena(arena, offset, length));
    return new Uint8Array(memory, offset, length);
  }
}

/** Settles when libuv has closed everything, of all loops; rejects with what is left when that takes too long. */
export async function untilNothingIsLeft(): Promise<void> {
  for (let turns = 0; ; turns++) {
    const { handles, requests, slots } = loadBinding().stats();
    if (handles === 0 && requests === 0 && slots === 0) return;
    assert.ok(turns < 1000, `left over: ${handles} handles, ${requests} requests, ${slots} slots`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
