/**
 * Declares what the addon exports, loads it, and reports why it could not be loaded. No other file may load a `.node`.
 *
 * Errors: a function that calls the system returns a negative libuv error code if that fails; `uvError()` makes an Error of it. Arguments
 * that cannot be used throw TypeError or RangeError. A handle is named by `slot` and `generation`. With a name that is no longer valid a
 * function returns UV_EBADF, or does nothing if its comment says that stale names are ignored.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { NativeLoopUnavailableError } from "../../core/errors.js";
import { moduleUrl } from "../../core/own-files.js";

/** An address as the addon reports it, in the shape that Node uses. */
export interface NativeAddress {
  address: string;
  port: number;
  family: "IPv4" | "IPv6";
}

/** Live objects of one loop, for leak checks and tools that list them. */
export interface NativeStats {
  /** I/O handles of every kind that are open or closing; the loop's own five are not counted. */
  handles: number;
  /** Requests (connect, write, shutdown) that libuv has not completed. */
  requests: number;
  /** Slots in use. */
  slots: number;
  /** Arenas whose memory is reachable from JavaScript. */
  arenas: number;
}

export interface NativeLoopOptions {
  /** Int32 views of SharedArrayBuffers with the layout of layout.ts; their lengths give the capacities, which are powers of two. */
  completions: Int32Array;
  submissions: Int32Array;
  /** Bytes of the arena that `transport.write` copies into; at most 2^30. */
  sendArenaBytes: number;
  /** Bytes of the arena for ReadMode.TRANSIENT. */
  transientArenaBytes: number;
  /** Bytes of each arena for ReadMode.LASTING. */
  lastingArenaBytes: number;
  /**
   * Called during a run, inside a callback scope: after a poll that produced completions, when the timer set by `arm` is due, and after
   * `wake`. Its result says what to do once microtasks and ticks have drained: Turn.DONE, Turn.AGAIN (call it at once) or Turn.YIELD (call
   * it after the next poll). An error that it throws goes to `uncaughtException`; `turn` is then called after the next poll, as with
   * Turn.YIELD.
   */
  turn: () => number;
}

/** The results of `turn`, which base-event-loop.ts explains. */
export const Turn = { DONE: 0, AGAIN: 1, YIELD: 2 } as const;

export interface BindOptions {
  address: string;
  port: number;
  ipv6Only: boolean;
  reusePort: boolean;
}

export interface NativeSpawnOptions {
  /** Looked up in the child's PATH unless it contains a "/". */
  file: string;
  /** argv, with the program's name first. */
  args: readonly string[];
  /** "NAME=value" strings; null: this process's environment. */
  env: readonly string[] | null;
  cwd: string | null;
  uid: number | null;
  gid: number | null;
  /** Whether the child starts a new session. */
  detached: boolean;
  /** By the child's descriptor: a descriptor of this process, or ChildStdio. */
  stdio: readonly number[];
}

export interface NativeProcess {
  slot: number;
  pid: number;
  /** By the child's descriptor: the slot of the pipe's stream, or -1 if it is not a pipe. */
  pipes: readonly number[];
}

export interface ConnectOptions {
  address: string;
  port: number;
  localAddress?: string;
  localPort?: number;
}

/** One native loop: prepare, check, idle, timer and async handles on Node's own uv_loop_t, and the streams opened on it. */
export interface NativeLoop {
  /** The memory that Channel copies submitted bytes into: an external ArrayBuffer over memory that the addon owns. */
  readonly sendArena: ArrayBuffer;
  /** The memory that transient bytes are received into; also the addon's. */
  readonly transientArena: ArrayBuffer;

  /** Called when a run begins: the loop then keeps the process alive and calls `turn`. Idempotent. */
  start(): void;
  /**
   * Called when a run ends: `turn` is no longer called, and the loop no longer keeps the process alive. A queued write still does, since
   * libuv counts it until it has left: abort such a transport, or close the loop. Idempotent.
   */
  stop(): void;
  /** Whether the loop itself keeps the process alive during a run; default true. */
  setRef(ref: boolean): void;
  /** Calls `turn` soon, without blocking in the next poll. Idempotent until that call. */
  wake(): void;
  /** Sets the deadline: calls `turn` once, after `seconds` at the latest; negative: no deadline. Replaces the previous deadline. */
  arm(seconds: number): void;
  /** Closes every handle; their requests are cancelled. Afterwards `stats` still works; all else returns UV_EBADF or does nothing. */
  close(): void;
  stats(): NativeStats;

  /** Creates another lasting arena and lends it to JavaScript. Returns its id (a small integer, reused after RETIRED) and its memory. */
  provideArena(): { id: number; memory: ArrayBuffer };
  /** Returns a copy of received bytes; used if JavaScript has detached the arena's ArrayBuffer. */
  copyFromArena(arena: number, offset: number, length: number): ArrayBuffer;
  /** Moves as many records as fit from the overflow list into the completion ring; returns their number. */
  refill(): number;
  /** Sends everything in the submission ring now. The addon does so on its own when the turn and its microtasks are over. */
  flush(): void;

  /** Binds a TCP socket, always with SO_REUSEADDR. Returns the listener's slot, or an error code. */
  bind(options: BindOptions): number;
  /** Binds a Unix socket to a path, or an abstract name ("\0..."). Returns as bind(). The addon never unlinks the path. */
  bindPath(path: string): number;
  /** Starts to listen; the kernel refuses connections before that. ACCEPT records follow. */
  startListening(slot: number, generation: number, backlog: number): number;
  /**
   * Sets how many more connections a listener accepts; -1, the default: any number. Others wait in the kernel's queue. If accepting fails,
   * the addon sets it to 0 and makes an ACCEPT record with the error.
   */
  permitConnections(slot: number, generation: number, count: number): number;
  /** Starts to connect. Returns the connection's slot, or an error code. One CONNECT record follows. */
  connect(options: ConnectOptions): number;
  /** Connects to a Unix socket. Returns as connect(). */
  connectPath(path: string): number;
  /**
   * Creates a stream for a pipe, terminal or socket; returns its slot or an error code. The stream owns the descriptor, or with `duplicate`
   * a duplicate of it; after an error the descriptor is still the caller's. A stream that can only be written to gets EOF, once readStart()
   * was called, when the reading end is closed.
   */
  openPipe(fd: number, duplicate: boolean): number;
  /** Starts a process and creates streams for its pipes; returns them or an error code. One EXIT record follows. */
  spawn(options: NativeSpawnOptions): NativeProcess | number;
  /** Sends a signal; UV_ESRCH once the process has exited. closeHandle() kills a running process and waits for its end. */
  killProcess(slot: number, generation: number, signal: number): number;
  /** Returns the generation of an occupied slot, otherwise -1. */
  generation(slot: number): number;
  /** Reads into arenas of a ReadMode, or changes the mode of a stream that reads. DATA, EOF and READ_ERROR records follow. */
  readStart(slot: number, generation: number, mode: number): number;
  /** Stops reading; records that are in the ring already remain there. Stale names are ignored. */
  readStop(slot: number, generation: number): number;
  /**
   * Sends `length` bytes of `bytes` from `offset` on, after everything that was submitted before for this connection. Bytes that the kernel
   * does not accept at once are copied and queued. Returns the number of queued bytes of the connection, or its first write error.
   */
  write(slot: number, generation: number, bytes: Uint8Array, offset: number, length: number): number;
  /** Sends this connection's submissions now. Returns as write(). */
  flushStream(slot: number, generation: number): number;
  /** Shuts down the sending side after everything submitted and queued has left. A SHUTDOWN record follows. */
  shutdown(slot: number, generation: number): number;
  /**
   * Closes a handle at once. Queued bytes are dropped. The slot's generation changes, no more records are made for the old name, and the
   * slot may be reused immediately. Stale names are ignored.
   */
  closeHandle(slot: number, generation: number): void;
  /**
   * Receives datagrams. DATA records follow, each of one datagram after its sender's address (PackedAddress or PackedPath) in a lasting
   * arena, and READ_ERROR records, after which receiving continues.
   */
  receiveStart(slot: number, generation: number): number;
  /** Sends the submitted datagrams now. Returns this socket's queued bytes, plus 8 for each queued datagram, or UV_EBADF. */
  flushDatagrams(slot: number, generation: number): number;
  /** Writes a PackedAddress to `bytes`. Returns UV_EINVAL for an address that is not numeric. */
  packAddress(address: string, port: number, bytes: Uint8Array): number;
  /** Reads a PackedAddress. Returns an error code for family 0. */
  unpackAddress(bytes: Uint8Array): NativeAddress | number;
  /** Sets TCP_NODELAY. UV_EBADF for a stream that is not TCP. */
  setNoDelay(slot: number, generation: number, on: boolean): number;
  /** Sets SO_KEEPALIVE; `seconds`: idle time before the first probe. UV_EBADF for a stream that is not TCP. */
  setKeepAlive(slot: number, generation: number, on: boolean, seconds: number): number;
  /** Whether this handle, a listener for example, keeps the process alive during a run; default true. Stale names are ignored. */
  setHandleRef(slot: number, generation: number, ref: boolean): void;
  /** The local address, or the path of a Unix socket, "" if it is not bound. */
  localAddress(slot: number, generation: number): NativeAddress | string | number;
  /** The peer's address or path. */
  peerAddress(slot: number, generation: number): NativeAddress | string | number;
  /** The handle's descriptor. */
  fileno(slot: number, generation: number): number;

  /** Prepares to watch a descriptor through a duplicate of it. POLL records follow setPollEvents(). UV_EPERM for a file on disk. */
  openPoll(fd: number): number;
  /** Sets the PollEvents to watch for. After a POLL record no other is made until it has been handled. */
  setPollEvents(slot: number, generation: number, events: number): number;
  /** Returns 1 if the descriptor still refers to the watched file, otherwise 0. */
  isPollOf(slot: number, generation: number, fd: number): number;
  /** Returns 1 if a handle of the addon, in any loop or thread, owns the descriptor, otherwise 0. */
  isOurs(fd: number): number;
  /**
   * Creates a connection from a connected socket; returns its slot or an error code. The connection owns the descriptor; after an error it
   * is still the caller's. UV_EEXIST if a handle owns it already.
   */
  adoptStream(fd: number): number;
  /** Creates a listener from a bound socket. Returns as adoptStream(). */
  adoptListener(fd: number): number;
  /** Creates a datagram socket from one of the program. Returns as adoptStream(). */
  adoptDatagrams(fd: number): number;
  /** Sets an option of the handle's socket, as NativeSocket.setOption. */
  setSocketOption(slot: number, generation: number, level: number, option: number, value: number | Uint8Array): number;
  /** Gets an option of the handle's socket, as NativeSocket.getOption. */
  getSocketOption(slot: number, generation: number, level: number, option: number, length: number): [number | ArrayBuffer] | number;
  /** Sends a part of a file after everything written before. Returns the number of bytes, 0 at the file's end, or UV_EAGAIN. */
  sendFile(slot: number, generation: number, file: number, offset: number, count: number): number;
}

/** The events that a descriptor is watched for; a bit set. */
export const PollEvents = { READABLE: 1, WRITABLE: 2 } as const;

/** Passed as the port if the address is the path of a Unix socket. */
export const UNIX_PATH = -1;

/**
 * A socket that the program owns; without a descriptor until `open` or `adopt`. No call waits: one that would block returns UV_EAGAIN. The
 * port of an address may be UNIX_PATH.
 */
export interface NativeSocket {
  open(family: number, type: number, protocol: number): number;
  /** Takes over a descriptor. UV_ENOTSOCK if it is not a socket: it is then still the caller's. */
  adopt(fd: number): number;
  /** Returns the descriptor, which the caller then owns. */
  detach(): number;
  /** Idempotent. A socket that is garbage-collected is closed too. */
  close(): void;
  /** -1 when closed. */
  fileno(): number;
  bind(address: string, port: number): number;
  listen(backlog: number): number;
  /** Returns 0 if it is connected, or 1 if that is in progress: it is over when the socket is writable. */
  connect(address: string, port: number): number;
  /** Returns the connection's descriptor, which the caller then owns, and its peer. */
  accept(): [fd: number, peer: NativeAddress | string] | number;
  shutdown(how: number): number;
  receive(bytes: Uint8Array): number;
  receiveFrom(bytes: Uint8Array): [length: number, sender: NativeAddress | string] | number;
  send(bytes: Uint8Array, offset: number): number;
  sendTo(bytes: Uint8Array, address: string, port: number): number;
  /** Sends a part of a file, as NativeLoop.sendFile. */
  sendFile(file: number, offset: number, count: number): number;
  /** The AF_ number. */
  family(): number;
  localAddress(): NativeAddress | string | number;
  peerAddress(): NativeAddress | string | number;
  setOption(level: number, option: number, value: number | Uint8Array): number;
  /** Returns a number for length 0, otherwise at most `length` bytes; in an array, to distinguish a number from an error code. */
  getOption(level: number, option: number, length: number): [number | ArrayBuffer] | number;
}

/** The exports of the addon. */
export interface Binding {
  /** Every constant of layout.ts by "Group.NAME" (as "Completion.SLOT"), with "TRANSIENT_ARENA"; and the Turn codes. */
  readonly layout: Readonly<Record<string, number>>;
  /** libuv's version at run time, as "1.46.0". */
  readonly uvVersion: string;
  /** Returns ["EADDRINUSE", "address already in use"] for a libuv error code. */
  errorName(code: number): [name: string, message: string];
  /** The live native objects of this environment: the sum over its loops. */
  stats(): NativeStats;
  readonly Loop: new (options: NativeLoopOptions) => NativeLoop;
  readonly Socket: new () => NativeSocket;
  /** Returns two connected descriptors, which the caller owns. */
  socketPair(family: number, type: number, protocol: number): [number, number] | number;
  /** This system's numbers: AF_INET, SO_REUSEADDR and so on. */
  readonly socketConstants: Readonly<Record<string, number>>;
}

let loaded: Binding | null = null;

/** Returns the addon. Throws NativeLoopUnavailableError with the reason if it cannot be loaded; the next call then tries again. */
export function loadBinding(): Binding {
  if (loaded !== null) return loaded;
  const foreign = process.versions.bun !== undefined ? "Bun" : "Deno" in globalThis ? "Deno" : null;
  if (foreign !== null) {
    throw new NativeLoopUnavailableError(`the native loop needs Node.js: ${foreign} has no libuv loop to share; use the portable loop`);
  }
  // Not imported, since webpack answers what an imported createRequire() makes at build time.
  const load = process.getBuiltinModule("node:module").createRequire(moduleUrl(import.meta.url));
  const folder = packageFolder(load);
  let failure: unknown = null;
  for (const candidate of candidates(folder)) {
    if (!existsSync(candidate)) continue;
    try {
      return (loaded = load(candidate) as Binding);
    } catch (error) {
      failure ??= error;
    }
  }
  throw new NativeLoopUnavailableError(whyNot(folder, failure), failure === null ? {} : { cause: failure });
}

/** The files that may be the addon: the one that UVIO_ADDON names, or a local build, then the package's. */
function candidates(folder: string | null): string[] {
  const named = process.env["UVIO_ADDON"];
  if (named !== undefined) return [path.resolve(named)];
  if (folder === null) return [];
  const { platform, arch } = process;
  // The addon for another C library does not load, so both are tried: asking which library it is takes longer.
  const prebuilt = platform === "linux" ? [`linux-${arch}`, `linuxmusl-${arch}`] : [`${platform}-${arch}`];
  return [path.join(folder, "build", "Release", "uvio.node"), ...prebuilt.map((name) => path.join(folder, "prebuilds", name, "uvio.node"))];
}

/** The folder of uvio's package.json. In a bundle it is found if there is a node_modules/uvio above; null if there is none. */
function packageFolder(load: NodeJS.Require): string | null {
  try {
    return path.dirname(load.resolve("uvio/package.json"));
  } catch {
    return null;
  }
}

/** Says what is missing, and how to get it. */
function whyNot(folder: string | null, failure: unknown): string {
  const way = "or use the portable loop";
  const named = process.env["UVIO_ADDON"];
  if (named !== undefined && failure === null) return `the native loop's addon is not at ${path.resolve(named)}, which UVIO_ADDON names`;
  if (process.platform === "win32") return "the native loop is not available on Windows; use the portable loop";
  if (folder === null) {
    return (
      "the native loop's addon cannot be found: uvio is bundled, and there is no node_modules/uvio for it here; " +
      `mark "uvio" as external, or set UVIO_ADDON to the path of uvio.node, ${way} (docs/bundling.md)`
    );
  }
  const build = `node ${JSON.stringify(path.join(folder, "scripts", "build-native.mjs"))}`;
  return failure === null
    ? `the native loop has no addon for ${platformName()}; build it with a C++20 compiler: ${build}, ${way}`
    : `the native loop's addon could not be loaded on ${platformName()}: ${String(failure)}; rebuild it: ${build}, ${way}`;
}

/** The platform as a user would report it: "linux-x64 (glibc 2.28)" for one. */
function platformName(): string {
  const name = `${process.platform}-${process.arch}`;
  if (process.platform !== "linux") return name;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return `${name} (${header.glibcVersionRuntime === undefined ? "musl" : `glibc ${header.glibcVersionRuntime}`})`;
}
