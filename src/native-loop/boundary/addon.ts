/**
 * The one door to the addon: declares what it exports, loads it, and keeps the reason where it cannot be loaded.
 * No other file may load a `.node`.
 *
 * Errors: a function that can fail for the operating system's reasons returns a negative libuv error code, which
 * `uvError()` turns into an Error; it throws a TypeError or RangeError for arguments it cannot use. A handle is named by
 * `slot` and `generation`; a name that is no longer valid gets UV_EBADF, or is ignored where the docs below say so.
 */
import { createRequire } from "node:module";
import { NativeLoopUnavailableError } from "../../core/errors.js";

/** An address as the addon reports it: Node's shape. */
export interface NativeAddress {
  address: string;
  port: number;
  family: "IPv4" | "IPv6";
}

/** Live objects of one loop, for leak checks and `ps`-like tools. */
export interface NativeStats {
  /** libuv handles of streams and listeners that are open or closing. */
  handles: number;
  /** Requests (connect, write, shutdown) that libuv has not answered yet. */
  requests: number;
  /** Slots in use. */
  slots: number;
  /** Arenas whose memory is reachable from JavaScript. */
  arenas: number;
}

export interface NativeLoopOptions {
  /** Int32 views of SharedArrayBuffers laid out as layout.ts says; their lengths give the (power of two) capacities. */
  completions: Int32Array;
  submissions: Int32Array;
  /** Bytes of the arena that `transport.write` copies into; at most 2^30. */
  sendArenaBytes: number;
  /** Bytes of the arena for ReadMode.TRANSIENT. */
  transientArenaBytes: number;
  /** Bytes of each arena for ReadMode.LASTING. */
  lastingArenaBytes: number;
  /**
   * Called after each poll that produced completions, when the timer set by `arm` is due, and after `wake`; inside a callback scope.
   * Its result says what to do once microtasks and ticks have drained: Turn.DONE, Turn.AGAIN (call at once) or Turn.YIELD (call after the next poll).
   * An exception it throws goes to `napi_fatal_exception`.
   */
  turn: () => number;
}

export const Turn = { DONE: 0, AGAIN: 1, YIELD: 2 } as const;

export interface BindOptions {
  address: string;
  port: number;
  ipv6Only: boolean;
  reusePort: boolean;
}

export interface NativeSpawnOptions {
  /** Looked for in the child's PATH if there is no "/" in it. */
  file: string;
  /** With the program's own name, first. */
  args: readonly string[];
  /** As "NAME=value"; null for ours. */
  env: readonly string[] | null;
  cwd: string | null;
  uid: number | null;
  gid: number | null;
  /** In a session of its own. */
  detached: boolean;
  /** By the child's numbers: descriptors of ours, or ChildStdio. */
  stdio: readonly number[];
}

export interface NativeProcess {
  slot: number;
  pid: number;
  /** By the child's numbers: slots of streams, -1 where there is no pipe. */
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
  /** The memory `transport.write` copies into: an external ArrayBuffer over memory that the addon owns. */
  readonly sendArena: ArrayBuffer;
  readonly transientArena: ArrayBuffer;

  /** A run is under way: its handles keep the process alive. Idempotent. */
  start(): void;
  /**
   * The run has ended: the loop's own handles keep the process alive no more. Bytes that a peer does not read still do, as libuv counts a
   * queued write until it ends: abort such a transport, or close the loop. Idempotent.
   */
  stop(): void;
  /** While started: whether the loop itself keeps the process alive (default true). */
  setRef(ref: boolean): void;
  /** Have `turn` called soon without blocking in the next poll. Idempotent until the call. */
  wake(): void;
  /** Have `turn` called once after `seconds` at the latest (0 or more; replaces the previous deadline; negative: none). */
  arm(seconds: number): void;
  /** Close every handle, let their requests end. After it only `stats` answers; everything else returns UV_EBADF or does nothing. */
  close(): void;
  stats(): NativeStats;

  /** Makes one more lasting arena and hands it to the receiving side. Returns its id (a small integer, reused) and memory. */
  provideArena(): { id: number; memory: ArrayBuffer };
  /** A copy of received bytes, for when JavaScript has detached the arena's ArrayBuffer. */
  copyFromArena(arena: number, offset: number, length: number): ArrayBuffer;
  /** Moves records from the overflow list into the completion ring, as many as fit; returns how many were moved. */
  refill(): number;
  /** Sends all that is in the submission ring now. Called by the addon itself when a turn's microtasks have drained. */
  flush(): void;

  /** Binds a TCP socket to accept connections on. Returns the listener's slot, or an error code. */
  bind(options: BindOptions): number;
  /** The same for a Unix socket; a path, or an abstract name ("\0..."). Nothing unlinks the path. */
  bindPath(path: string): number;
  /** Listens: connections are refused before. ACCEPT records follow. */
  startListening(slot: number, generation: number, backlog: number): number;
  /**
   * How many connections a listener accepts from now on; -1, as at first: all. The others wait in the kernel's queue. An ACCEPT record
   * with an error has made it 0.
   */
  permitConnections(slot: number, generation: number, count: number): number;
  /** Starts to connect. Returns the connection's slot, or an error code. One CONNECT record follows. */
  connect(options: ConnectOptions): number;
  /** The same for a Unix socket. */
  connectPath(path: string): number;
  /**
   * Makes a stream of a pipe, terminal or socket, which it closes when it closes, unless the call fails. With `duplicate` it is given
   * a descriptor of its own. One that can only be written to gets EOF after readStart() when nobody reads it any more.
   */
  openPipe(fd: number, duplicate: boolean): number;
  /** Starts a process, with pipes that are streams of ours; or an error code. One EXIT record follows. */
  spawn(options: NativeSpawnOptions): NativeProcess | number;
  /** UV_ESRCH once it has exited. Closing a process that runs kills it, and waits for its end. */
  killProcess(slot: number, generation: number, signal: number): number;
  /** The generation of an occupied slot, -1 otherwise. */
  generation(slot: number): number;
  readStart(slot: number, generation: number, mode: number): number;
  /** Stale names are ignored. */
  readStop(slot: number, generation: number): number;
  /**
   * Sends `length` bytes of `bytes` from `offset` after everything submitted before for this connection: what the kernel does not
   * take at once is copied and queued. Returns how many bytes of the connection are queued now, or the first write error.
   */
  write(slot: number, generation: number, bytes: Uint8Array, offset: number, length: number): number;
  /** Sends this connection's submissions now; returns how many of its bytes are queued then, or the first write error. */
  flushStream(slot: number, generation: number): number;
  /** Shuts the sending side down after everything submitted and queued has left; a SHUTDOWN record follows. */
  shutdown(slot: number, generation: number): number;
  /** Closes at once: the slot's generation is bumped, queued bytes are dropped, nothing is recorded for the old name any more. Stale names are ignored. */
  closeHandle(slot: number, generation: number): void;
  /** DATA records follow, each of one datagram after its sender's address (PackedAddress or PackedPath), in a lasting arena; and READ_ERROR records, which end nothing. */
  receiveStart(slot: number, generation: number): number;
  /** Sends the datagrams that were submitted now; returns how many bytes of this socket are queued then, 8 more for each datagram, or UV_EBADF. */
  flushDatagrams(slot: number, generation: number): number;
  /** Writes a PackedAddress; UV_EINVAL for what is no numeric address. */
  packAddress(address: string, port: number, bytes: Uint8Array): number;
  /** An error code for family 0. */
  unpackAddress(bytes: Uint8Array): NativeAddress | number;
  setNoDelay(slot: number, generation: number, on: boolean): number;
  /** `seconds`: idle time before the first probe. */
  setKeepAlive(slot: number, generation: number, on: boolean, seconds: number): number;
  /** Whether this handle (a listener, say) keeps the process alive; default true. */
  setHandleRef(slot: number, generation: number, ref: boolean): void;
  /** A path for a Unix socket, "" for one that is not bound. */
  localAddress(slot: number, generation: number): NativeAddress | string | number;
  peerAddress(slot: number, generation: number): NativeAddress | string | number;
  fileno(slot: number, generation: number): number;

  /** Watches a descriptor, by a copy of its own; POLL records follow `setPollEvents`. UV_EPERM for a file on disk. */
  openPoll(fd: number): number;
  /** PollEvents. A record is made once until it has been handled. */
  setPollEvents(slot: number, generation: number, events: number): number;
  /** 1: the descriptor is still that of what is watched. */
  isPollOf(slot: number, generation: number, fd: number): number;
  /** 1: a transport or listener of ours, in any loop or thread, uses the descriptor. */
  isOurs(fd: number): number;
  /** Makes a connection of a connected socket. Takes the descriptor, unless it returns an error code. */
  adoptStream(fd: number): number;
  /** The same for a bound socket. */
  adoptListener(fd: number): number;
  /** The same for a datagram socket. */
  adoptDatagrams(fd: number): number;
  /** As NativeSocket.setOption. */
  setSocketOption(slot: number, generation: number, level: number, option: number, value: number | Uint8Array): number;
  getSocketOption(slot: number, generation: number, level: number, option: number, length: number): [number | ArrayBuffer] | number;
  /** Sends a part of a file after everything written before. Returns how many bytes, 0 at the file's end, or UV_EAGAIN. */
  sendFile(slot: number, generation: number, file: number, offset: number, count: number): number;
}

/** What a descriptor is watched for; both may be added up. */
export const PollEvents = { READABLE: 1, WRITABLE: 2 } as const;

/** A port that stands for: the address is the path of a Unix socket. */
export const UNIX_PATH = -1;

/** A socket of the program's own; empty until `open` or `adopt`. Nothing waits: UV_EAGAIN says that a call would. */
export interface NativeSocket {
  open(family: number, type: number, protocol: number): number;
  /** Takes a descriptor; UV_ENOTSOCK for what is none. */
  adopt(fd: number): number;
  /** The descriptor, which is the caller's from now on. */
  detach(): number;
  /** Idempotent. A socket that is collected is closed too. */
  close(): void;
  /** -1 when closed. */
  fileno(): number;
  /** `port`: UNIX_PATH for a path. The same in the next ones. */
  bind(address: string, port: number): number;
  listen(backlog: number): number;
  /** 1: it is under way, and over when the socket is writable. */
  connect(address: string, port: number): number;
  /** The descriptor, which is the caller's, and who it is. */
  accept(): [fd: number, peer: NativeAddress | string] | number;
  shutdown(how: number): number;
  receive(bytes: Uint8Array): number;
  receiveFrom(bytes: Uint8Array): [length: number, sender: NativeAddress | string] | number;
  send(bytes: Uint8Array, offset: number): number;
  sendTo(bytes: Uint8Array, address: string, port: number): number;
  /** As NativeLoop.sendFile. */
  sendFile(file: number, offset: number, count: number): number;
  /** The AF_ number. */
  family(): number;
  localAddress(): NativeAddress | string | number;
  peerAddress(): NativeAddress | string | number;
  setOption(level: number, option: number, value: number | Uint8Array): number;
  /** In an array, to be told from an error code: a number for length 0, otherwise at most so many bytes. */
  getOption(level: number, option: number, length: number): [number | ArrayBuffer] | number;
}

export interface Binding {
  /** Every constant of layout.ts by "Group.NAME" (as "Completion.SLOT"), with "TRANSIENT_ARENA"; and the Turn codes. */
  readonly layout: Readonly<Record<string, number>>;
  /** libuv's version at run time, as "1.46.0". */
  readonly uvVersion: string;
  /** ["EADDRINUSE", "address already in use"] of a libuv error code. */
  errorName(code: number): [name: string, message: string];
  /** Native objects of this environment that are alive, all loops together. */
  stats(): NativeStats;
  readonly Loop: new (options: NativeLoopOptions) => NativeLoop;
  readonly Socket: new () => NativeSocket;
  /** Two descriptors, which are the caller's. */
  socketPair(family: number, type: number, protocol: number): [number, number] | number;
  /** AF_INET, SO_REUSEADDR and so on: this system's numbers. */
  readonly socketConstants: Readonly<Record<string, number>>;
}

/** Where the addon may be, best first, from dist/loop/uv/: the one UVIO_ADDON names, one built here, a published binary. */
const CANDIDATES =
  process.env["UVIO_ADDON"] !== undefined
    ? [process.env["UVIO_ADDON"]]
    : ["../../../build/Release/uvio.node", `../../../prebuilds/${process.platform}-${process.arch}/uvio.node`];

let loaded: Binding | null = null;
let failure: unknown = null;

/** The addon; NativeLoopUnavailableError with the reason and the way out where there is none. Tried anew until it has loaded. */
export function loadBinding(): Binding {
  if (loaded !== null) return loaded;
  const foreign = process.versions.bun !== undefined ? "Bun" : "Deno" in globalThis ? "Deno" : null;
  if (foreign !== null) {
    throw new NativeLoopUnavailableError(`the native loop needs Node.js: ${foreign} has no libuv loop to share; use the portable loop`);
  }
  const require = createRequire(import.meta.url);
  for (const candidate of CANDIDATES) {
    try {
      return (loaded = require(candidate) as Binding);
    } catch (error) {
      failure = error;
      if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") break;
    }
  }
  const missing = (failure as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND";
  throw new NativeLoopUnavailableError(
    missing
      ? "the native loop's addon is not built; install a C++ compiler and run `npm run build:native` in uvio's folder, or use the portable loop"
      : "the native loop's addon could not be loaded; rebuild it with `npm run build:native`, or use the portable loop",
    { cause: failure },
  );
}
