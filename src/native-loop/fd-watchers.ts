/** Watches file descriptors: addReader, addWriter, and the waits of the sock* methods and of sendfile. */
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

/** A callback for one direction of a descriptor. */
interface Watcher {
  readonly handle: Handle;
  /** Completed by the handle, for a wait, which ends with the first event; null for a callback of addReader or addWriter. */
  readonly waiting: Future<void> | null;
}

/**
 * One descriptor that is watched. One native handle serves both directions. It polls a duplicate, so that the owner may close the
 * descriptor at any time (decision 0023). C++ makes no second POLL record for a handle before the first was handled.
 */
class Watch implements SlotOwner {
  readonly slot: number;
  readonly generation: number;
  reader: Watcher | null = null;
  writer: Watcher | null = null;
  readonly #loop: UvLoopContext;
  /** The events that the native handle polls for. READABLE may stay in it when it is no longer wanted: see `update`. */
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
   * Makes the native handle poll for the wanted events. A handle that already polls for reading is not disarmed when its reader leaves:
   * usually the next wait is for the same, and disarming and arming cost two system calls each. If an event comes that is not wanted,
   * onCompletion() disarms it. A watch without watchers does not keep the process alive.
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
    // A watch receives readiness, not bytes.
  }

  /** Called by Channel.run(). A callback may remove or replace the other direction's watcher, so each is read just before it runs. */
  onCompletion(op: number, status: number, events: number): void {
    if (op !== Op.POLL) return;
    if (status < 0) {
      this.#armed = 0;
      this.#loop.callExceptionHandler({ message: "a file descriptor can no longer be watched", exception: uvError(status, "poll") });
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

/**
 * The descriptors that a loop watches, by number.
 *
 * A Watch normally exists while it has a watcher. The Watch of a Socket is kept between waits, since the Socket calls `#forget` before it
 * is closed. A bare number gives no such notice: if its owner closes it, the duplicate keeps the file open until the watcher is removed. If
 * the number then names another file, #watch() notices that by comparing the two files and ends the old Watch.
 */
export class FdWatchers {
  readonly #loop: UvLoopContext;
  readonly #watches = new Map<number, Watch>();
  readonly #forget = (fd: number): void => this.end(fd);

  constructor(loop: UvLoopContext) {
    this.#loop = loop;
  }

  /** Implements addReader and addWriter: sets the callback of one direction and cancels the previous one. */
  add(file: FileDescriptor, direction: Direction, callback: Callback<never[]>, args: readonly unknown[]): void {
    const fd = this.#descriptor(file);
    this.#set(file, fd, direction, { handle: new Handle(this.#loop, callback, args), waiting: null });
  }

  /** Implements removeReader and removeWriter: returns whether there was a callback. */
  remove(file: FileDescriptor, direction: Direction): boolean {
    const fd = this.#descriptor(file);
    const watch = this.#watches.get(fd);
    const watcher = watch === undefined ? null : watcherOf(watch, direction);
    if (watcher === null) return false;
    this.#clear(fd, watch!, direction, isSocket(file));
    return true;
  }

  /** Throws RuntimeError if another task waits for this direction. */
  checkFree(sock: Socket, direction: Direction): void {
    const watch = this.#watches.get(sock.fileno());
    const watcher = watch === undefined ? null : watcherOf(watch, direction);
    if (isTaken(watcher)) throw taken(sock, direction);
  }

  /** Waits until the socket is ready. Rejects with EBADF if it is closed during the wait. */
  *wait(sock: Socket, direction: Direction): CoroutineGenerator<void> {
    yield* this.waitFor(sock, sock.fileno(), direction);
  }

  /** Waits until a descriptor is ready, even if a transport uses it. Rejects with EBADF if end() is called during the wait. */
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
      // Another watcher may have taken this one's place by now.
      if (watch !== undefined && watcherOf(watch, direction) === watcher) this.#clear(fd, watch, direction, isSocket(file));
    }
  }

  /** Called when the loop is closed: its close() has closed the native handles. */
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

  /** Returns the Watch of a descriptor. The number may have been closed and reused for another file since it was last watched. */
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

  /** `keep`: leaves the Watch for the next wait, since a Socket calls `#forget` before it is closed. */
  #clear(fd: number, watch: Watch, direction: Direction, keep: boolean): void {
    watcherOf(watch, direction)?.handle.cancel();
    setWatcher(watch, direction, null);
    if (watch.wanted > 0 || keep) return watch.update();
    this.#watches.delete(fd);
    watch.close();
  }

  /** Ends the watch of a descriptor that is about to be closed: cancels its callbacks and rejects its waits with EBADF. */
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

/** Whether a wait that has not ended holds the place. It must not be replaced, since it would never end. */
function isTaken(watcher: Watcher | null): boolean {
  return watcher !== null && watcher.waiting !== null && !watcher.waiting.done();
}

function taken(file: FileDescriptor, direction: Direction): RuntimeError {
  const fd = typeof file === "number" ? file : file.fileno();
  const what = direction === PollEvents.READABLE ? "to be readable" : "to be writable";
  return new RuntimeError(`another task is already waiting for file descriptor ${fd} ${what}; wait for it in one task at a time`);
}

function isSocket(file: FileDescriptor): file is Socket {
  return file instanceof Socket;
}

/** Returns the number of a descriptor or of an object with fileno(). Throws ValueError for anything else. */
function descriptorOf(file: FileDescriptor): number {
  const fd: unknown = typeof (file as Partial<Socket> | null)?.fileno === "function" ? (file as Socket).fileno() : file;
  if (typeof fd !== "number" || !Number.isInteger(fd)) {
    throw new ValueError(`Invalid file object: fd must be a file descriptor or have a fileno() method, got ${describe(file)}`);
  }
  if (fd < 0 || fd > 0x7fffffff) throw new ValueError(`Invalid file descriptor: ${fd}`);
  return fd;
}
