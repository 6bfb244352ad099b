import { constants } from "node:os";
import type { Callback, FileDescriptor } from "../core/contracts.js";
import { RuntimeError, ValueError } from "../core/errors.js";
import { Handle } from "../core/handles.js";
import type { CoroutineGenerator } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import { describe } from "../util/format.js";
import { PollEvents } from "./boundary/addon.js";
import type { SlotOwner } from "./boundary/channel.js";
import type { UvLoopContext } from "./uv-loop-context.js";
import { Op } from "./boundary/layout.js";
import { uvError } from "./boundary/uv-error.js";
import { Socket } from "./sockets/socket.js";

type Direction = (typeof PollEvents)[keyof typeof PollEvents];

/** Who is told that a descriptor is ready. */
interface Watcher {
  readonly handle: Handle;
  /** Of a wait of ours, which ends with the first event; null for a callback of addReader or addWriter. */
  readonly waiting: Future<void> | null;
}

/** One descriptor that is watched. One native handle serves both directions. */
class Watch implements SlotOwner {
  readonly slot: number;
  readonly generation: number;
  reader: Watcher | null = null;
  writer: Watcher | null = null;
  readonly #loop: UvLoopContext;
  /** What the native handle watches for, which may be more than is wanted: see `update`. */
  #armed = 0;
  #isRef = true;

  constructor(loop: UvLoopContext, slot: number) {
    this.slot = slot;
    this.generation = loop.native.generation(slot);
    this.#loop = loop;
    loop.channel.own(slot, this);
  }

  get wanted(): number {
    return (this.reader === null ? 0 : PollEvents.READABLE) | (this.writer === null ? 0 : PollEvents.WRITABLE);
  }

  /**
   * Has the native handle watch for what is wanted. Nobody wanting to read is not told to it before data comes: mostly the next wait is
   * for the same, and arming costs two system calls.
   */
  update(): void {
    const { wanted } = this;
    const { native } = this.#loop;
    if (this.#isRef !== wanted > 0) native.setHandleRef(this.slot, this.generation, (this.#isRef = wanted > 0));
    if ((this.#armed & ~PollEvents.READABLE) === wanted || this.#armed === wanted) return;
    this.#arm(wanted);
  }

  close(): void {
    this.#loop.channel.disown(this.slot, this);
    this.#loop.native.closeHandle(this.slot, this.generation);
  }

  onReceived(): void {
    // A descriptor that is watched is read by others.
  }

  onCompletion(op: number, status: number, events: number): void {
    if (op !== Op.POLL) return;
    if (status < 0) {
      this.#armed = 0;
      this.#loop.callExceptionHandler({ message: "a descriptor cannot be watched any more", exception: uvError(status, "poll") });
      return;
    }
    if (events & PollEvents.READABLE) this.reader?.handle.run();
    if (events & PollEvents.WRITABLE) this.writer?.handle.run();
    if (events & ~this.wanted & this.#armed) this.#arm(this.wanted);
  }

  #arm(events: number): void {
    const status = this.#loop.native.setPollEvents(this.slot, this.generation, events);
    if (status === 0) this.#armed = events;
    else if (events !== 0) throw uvError(status, "poll");
  }
}

/** The descriptors that a loop watches: addReader, addWriter, and the waits of sockets. */
export class FdWatchers {
  readonly #loop: UvLoopContext;
  readonly #watches = new Map<number, Watch>();
  readonly #forget = (fd: number): void => this.end(fd);

  constructor(loop: UvLoopContext) {
    this.#loop = loop;
  }

  /** addReader and addWriter: replaces the callback that there is. */
  add(file: FileDescriptor, direction: Direction, callback: Callback<never[]>, args: readonly unknown[]): void {
    const fd = this.#descriptor(file);
    this.#set(file, fd, direction, { handle: new Handle(this.#loop, callback, args), waiting: null });
  }

  /** Whether there was a callback. */
  remove(file: FileDescriptor, direction: Direction): boolean {
    const fd = this.#descriptor(file);
    const watch = this.#watches.get(fd);
    const watcher = watch === undefined ? null : watcherOf(watch, direction);
    if (watcher === null) return false;
    this.#clear(fd, watch!, direction, isSocket(file));
    return true;
  }

  /** RuntimeError if somebody else waits for the same. */
  checkFree(sock: Socket, direction: Direction): void {
    const watch = this.#watches.get(sock.fileno());
    const watcher = watch === undefined ? null : watcherOf(watch, direction);
    if (isTaken(watcher)) throw taken(sock, direction);
  }

  /** Waits until the socket is ready. EBADF if it is closed meanwhile. */
  *wait(sock: Socket, direction: Direction): CoroutineGenerator<void> {
    yield* this.waitFor(sock, sock.fileno(), direction);
  }

  /** The same for a descriptor of anybody. */
  *waitFor(file: FileDescriptor, fd: number, direction: Direction): CoroutineGenerator<void> {
    const ready = new Future<void>({ loop: this.#loop });
    const wake = (): void => {
      if (!ready.done()) ready.setResult(undefined);
    };
    const watcher: Watcher = { handle: new Handle(this.#loop, wake, null), waiting: ready };
    this.#set(file, fd, direction, watcher);
    try {
      yield* ready;
    } finally {
      const watch = this.#watches.get(fd);
      // Somebody may have followed us by now.
      if (watch !== undefined && watcherOf(watch, direction) === watcher) this.#clear(fd, watch, direction, isSocket(file));
    }
  }

  /** The loop has closed everything. */
  clear(): void {
    this.#watches.clear();
  }

  #descriptor(file: FileDescriptor): number {
    const fd = descriptorOf(file);
    if (this.#loop.native.isOurs(fd) !== 0) {
      throw new RuntimeError(`File descriptor ${fd} is used by a transport; use its methods`);
    }
    return fd;
  }

  #set(file: FileDescriptor, fd: number, direction: Direction, watcher: Watcher): void {
    const watch = this.#watch(file, fd);
    const previous = watcherOf(watch, direction);
    if (isTaken(previous)) throw taken(file, direction);
    previous?.handle.cancel();
    setWatcher(watch, direction, watcher);
    try {
      watch.update();
    } catch (error) {
      this.end(fd);
      throw error;
    }
  }

  /** The watch of a descriptor, which may have been closed, and given to another file, since it was last watched. */
  #watch(file: FileDescriptor, fd: number): Watch {
    const { native } = this.#loop;
    const known = this.#watches.get(fd);
    if (known !== undefined) {
      if (native.isPollOf(known.slot, known.generation, fd) !== 0) return known;
      this.end(fd);
    }
    const slot = native.openPoll(fd);
    if (slot < 0) throw uvError(slot, "poll");
    const watch = new Watch(this.#loop, slot);
    this.#watches.set(fd, watch);
    if (isSocket(file)) file.watch(this.#forget);
    return watch;
  }

  /** `keep`: for the next wait; the socket tells when it is closed. */
  #clear(fd: number, watch: Watch, direction: Direction, keep: boolean): void {
    watcherOf(watch, direction)?.handle.cancel();
    setWatcher(watch, direction, null);
    if (watch.wanted > 0 || keep) return watch.update();
    this.#watches.delete(fd);
    watch.close();
  }

  /** The descriptor goes: those who wait for it are told. */
  end(fd: number): void {
    const watch = this.#watches.get(fd);
    if (watch === undefined) return;
    this.#watches.delete(fd);
    watch.close();
    for (const watcher of [watch.reader, watch.writer]) {
      watcher?.handle.cancel();
      const waiting = watcher?.waiting;
      if (waiting && !waiting.done()) waiting.setException(uvError(-constants.errno.EBADF, "poll"));
    }
  }
}

function watcherOf(watch: Watch, direction: Direction): Watcher | null {
  return direction === PollEvents.READABLE ? watch.reader : watch.writer;
}

function setWatcher(watch: Watch, direction: Direction, watcher: Watcher | null): void {
  if (direction === PollEvents.READABLE) watch.reader = watcher;
  else watch.writer = watcher;
}

/** By a wait that has not ended: whoever took its place would leave it waiting for ever. */
function isTaken(watcher: Watcher | null): boolean {
  return watcher !== null && watcher.waiting !== null && !watcher.waiting.done();
}

function taken(file: FileDescriptor, direction: Direction): RuntimeError {
  const fd = typeof file === "number" ? file : file.fileno();
  const what = direction === PollEvents.READABLE ? "to be readable" : "to be writable";
  return new RuntimeError(`another task is already waiting for file descriptor ${fd} ${what}; let one task use it`);
}

function isSocket(file: FileDescriptor): file is Socket {
  return file instanceof Socket;
}

/** ValueError for what is no descriptor. */
function descriptorOf(file: FileDescriptor): number {
  const fd: unknown = typeof (file as Partial<Socket> | null)?.fileno === "function" ? (file as Socket).fileno() : file;
  if (typeof fd !== "number" || !Number.isInteger(fd)) {
    throw new ValueError(`Invalid file object: fd must be a descriptor or have a fileno(), got ${describe(file)}`);
  }
  if (fd < 0 || fd > 0x7fffffff) throw new ValueError(`Invalid file descriptor: ${fd}`);
  return fd;
}
