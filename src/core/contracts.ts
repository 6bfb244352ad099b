/**
 * The interfaces by which the floors above refer to each other; types only. Future and Task use a loop through `EventLoop`; the streams
 * and the loops use each other through `Transport` and `Protocol`. The abstract classes of the same names are in transports/.
 */
import type { Duplex } from "node:stream";
import type { CipherNameAndProtocol, PeerCertificate, SecureContext, TLSSocket } from "node:tls";
import type { LinkedList, ListNode } from "../util/linked-list.js";
import type { Context } from "./contextvars.js";
import type {
  Address,
  AddressLike,
  FileDescriptor,
  FileSource,
  SendfileOptions,
  SocketObject,
  SocketSource,
  SocketType,
  TransportSocket,
} from "./socket-contracts.js";
import type { ClientTls, ServerTls, StartTlsOptions, TlsClientOptions, TlsServerOptions } from "./tls-contracts.js";

export type * from "./socket-contracts.js";
export type * from "./tls-contracts.js";

/** An entry of the ready queue. `run` must not throw. */
export interface Runnable {
  /** @internal */ run(): void;
}

/** An object that both `yield*` and `await` accept. The base class is in tasks/awaitable.ts. */
export interface Awaitable<T> extends PromiseLike<T> {
  [Symbol.iterator](): Iterator<Suspension, T, unknown>;
}

declare const suspension: unique symbol;
/** The value that a suspended coroutine yields to its driver. Only uvio's awaitables create it; user code never yields directly. */
export interface Suspension {
  readonly [suspension]: true;
}

/** A callback of the loop; its result is ignored. */
export type Callback<A extends unknown[] = unknown[]> = (...args: A) => unknown;

/** The description of an error that the loop's exception handler receives. Every field except `message` may be missing. */
export interface ExceptionContext {
  message: string;
  exception?: unknown;
  future?: unknown;
  task?: unknown;
  handle?: unknown;
  protocol?: unknown;
  transport?: unknown;
  socket?: unknown;
  asyncgen?: unknown;
  /** The stack at which the object was created; only in debug mode. */
  sourceTraceback?: string;
}

/** The handler for `loop.setExceptionHandler`. It receives errors that have no caller to be thrown to. */
export type ExceptionHandler = (loop: EventLoop, context: ExceptionContext) => void;

/** A scheduled callback; the class is Handle. */
export interface HandleLike {
  cancel(): void;
  cancelled(): boolean;
  getContext(): Context;
}

/** A scheduled callback with a deadline; the class is TimerHandle. */
export interface TimerHandleLike extends HandleLike {
  /** Returns the deadline in seconds of the loop's clock, `loop.time()`. */
  when(): number;
}

// ------------------------------------------------------------------------------------------------ transports and protocols

/** The names that `getExtraInfo` accepts, with their types. It returns undefined, or the default, for a name that the transport lacks. */
export interface ExtraInfo {
  sockname?: Address | string;
  peername?: Address | string;
  socket?: TransportSocket;
  /** The context of a TLS connection; undefined without TLS. */
  sslcontext?: SecureContext;
  /** The node:tls socket that encrypts the connection. */
  sslObject?: TLSSocket;
  cipher?: CipherNameAndProtocol;
  /** The certificate that the peer presented; undefined if it presented none. */
  peercert?: PeerCertificate;
  /** The application protocol that ALPN selected; undefined if it selected none. */
  alpnProtocol?: string;
  /** Always null with TLS: OpenSSL and TLS 1.3 no longer compress. */
  compression?: null;
}

export interface BaseTransport<P = BaseProtocol> {
  close(): void;
  isClosing(): boolean;
  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K];
  getExtraInfo(name: string, fallback?: unknown): unknown;
  setProtocol(protocol: P): void;
  getProtocol(): P;
}

/** A transport to receive from. Mirrors asyncio.ReadTransport. */
export interface ReadTransport extends BaseTransport {
  isReading(): boolean;
  pauseReading(): void;
  resumeReading(): void;
}

/** A transport to send to. Mirrors asyncio.WriteTransport. */
export interface WriteTransport extends BaseTransport {
  write(data: Uint8Array | string): void;
  writelines(list: Iterable<Uint8Array | string>): void;
  writeEof(): void;
  canWriteEof(): boolean;
  abort(): void;
  getWriteBufferSize(): number;
  getWriteBufferLimits(): { low: number; high: number };
  setWriteBufferLimits(limits?: { high?: number; low?: number }): void;
}

export interface Transport extends ReadTransport, WriteTransport {}

/** A transport of datagrams. `A` is the type of their addresses. */
export interface DatagramTransport<A = Address> extends BaseTransport<DatagramProtocol<A>> {
  /** Sends `data` to `addr`: an address, or a path for Unix sockets. A connected endpoint does not need one. */
  sendto(data: Uint8Array | string, addr?: AddressLike | string | null): void;
  abort(): void;
  getWriteBufferSize(): number;
  getWriteBufferLimits(): { low: number; high: number };
  setWriteBufferLimits(limits?: { high?: number; low?: number }): void;
}

/** The methods that a transport calls on every kind of protocol. Mirrors asyncio.BaseProtocol. */
export interface BaseProtocol<T = Transport> {
  connectionMade?(transport: T): void;
  connectionLost?(error: Error | null): void;
  pauseWriting?(): void;
  resumeWriting?(): void;
}

/** A protocol that receives bytes as Buffers. Mirrors asyncio.Protocol. */
export interface Protocol extends BaseProtocol {
  dataReceived(data: Buffer): void;
  /** Called when the peer has sent its last byte. A true result keeps the sending side open; otherwise the transport closes. */
  eofReceived?(): boolean | null | undefined | void;
}

/** A protocol that provides the memory to receive into. Mirrors asyncio.BufferedProtocol. */
export interface BufferedProtocol extends BaseProtocol {
  /** Returns memory for the next bytes, at least one byte long. `sizeHint` is the number of bytes available, or -1 if unknown. */
  getBuffer(sizeHint: number): Uint8Array;
  bufferUpdated(length: number): void;
  eofReceived?(): boolean | null | undefined | void;
}

/** Receives transient bytes, valid only during the call, which saves a copy. StreamReaderProtocol is one. Beyond asyncio. */
export interface BorrowingProtocol extends BaseProtocol {
  /** `bytes` is only valid during the call, unless `lasting` is true. */
  bytesBorrowed(bytes: Uint8Array, lasting: boolean): void;
  /** Whether large reads come as lasting bytes. False by default, as transient ones are cheaper to receive. @internal */
  readonly keepsBytes?: boolean;
  eofReceived?(): boolean | null | undefined | void;
}

/** A protocol that receives datagrams. `A` is string for Unix sockets, whose addresses are paths. Mirrors asyncio.DatagramProtocol. */
export interface DatagramProtocol<A = Address> extends BaseProtocol<DatagramTransport<A>> {
  datagramReceived(data: Buffer, addr: A): void;
  errorReceived?(error: Error): void;
}

/** A protocol that receives a child process's events. `fd` is the child's descriptor: 0, 1 or 2. Mirrors asyncio.SubprocessProtocol. */
export interface SubprocessProtocol extends BaseProtocol<SubprocessTransport> {
  pipeDataReceived?(fd: number, data: Buffer): void;
  /** Called instead of pipeDataReceived if present; `bytes` is only valid during the call, unless `lasting` is true. Beyond asyncio. */
  pipeBytesBorrowed?(fd: number, bytes: Uint8Array, lasting: boolean): void;
  pipeConnectionLost?(fd: number, error: Error | null): void;
  processExited?(): void;
}

export interface SubprocessTransport extends BaseTransport<SubprocessProtocol> {
  getPid(): number;
  /** Returns null while the process runs, then its exit code, or -N if signal N killed it. */
  getReturncode(): number | null;
  /** Returns the pipe to the child's descriptor `fd`, or null if there is none. */
  getPipeTransport(fd: number): Transport | null;
  sendSignal(signal: NodeJS.Signals | number): void;
  terminate(): void;
  kill(): void;
  /** Waits for the exit and, if `pipes` is true and the process is still running, for the end of its pipes. @internal */
  waitForExit(pipes: boolean): Awaitable<number>;
}

export type StreamProtocol = Protocol | BufferedProtocol | BorrowingProtocol;
/** Creates the protocol of a connection. It is called once per connection. */
export type ProtocolFactory<P extends StreamProtocol = StreamProtocol> = () => P;

/** One listening socket of a Server; a Unix socket's name is its path. */
export type ServerSocket<A = Address> = TransportSocket<A>;

/** A set of listening sockets. `close()`, `shutdown()` and the end of `asyncWith(server, ...)` close it. Mirrors asyncio.Server. */
export interface Server<A = Address> {
  readonly sockets: readonly ServerSocket<A>[];
  getLoop(): EventLoop;
  isServing(): boolean;
  startServing(): Awaitable<void>;
  serveForever(): Awaitable<never>;
  close(): void;
  closeClients(): void;
  abortClients(): void;
  waitClosed(): Awaitable<void>;
  shutdown(options?: ShutdownOptions): Awaitable<void>;
  ref(): void;
  unref(): void;
  aenter(): Awaitable<Server<A>>;
  aexit(): Awaitable<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Options of `Server.shutdown`: how long it waits. */
export interface ShutdownOptions {
  /** Seconds in which clients may finish on their own; default 10. */
  graceSeconds?: number;
  /** Seconds in which the remaining clients may receive what is buffered for them, after they were closed; default 1. */
  flushSeconds?: number;
}

/** Options of a name lookup: the hints of getaddrinfo. */
export interface LookupOptions {
  /** Only addresses of this family. */
  family?: "IPv4" | "IPv6" | null;
  /** The protocol number: 0, or the one that fits the socket type, IPPROTO_TCP or IPPROTO_UDP. Any other fails with EAI_SOCKTYPE. */
  proto?: number | null;
  /** A combination, by `|`, of `AI_NUMERICHOST`, `AI_ADDRCONFIG`, `AI_V4MAPPED` and so on. Unknown flags fail with EAI_BADFLAGS. */
  flags?: number | null;
}

/** Options of every kind of server. */
export interface ServingOptions {
  /** Connections the kernel queues before they are accepted; an integer, default 100. */
  backlog?: number | null;
  /** Whether to accept connections at once. Default true; if false, call `startServing` or `serveForever`. */
  startServing?: boolean | null;
  /** The most connections at a time; further clients wait in the backlog. An integer above 0. Default: no limit. Beyond asyncio. */
  maxConnections?: number | null;
}

/** Options of `createServer` and `startServer`. */
export interface ServerOptions extends ServingOptions, TlsServerOptions {
  /** "IPv4" or "IPv6" to listen on that family only. Default: on every family that the host has addresses of. */
  family?: "IPv4" | "IPv6" | null;
  /** Flags of the name lookup. Default AI_PASSIVE; without it, host null means the loopback. */
  flags?: number | null;
  /** Whether to bind a port on which an earlier server's connections linger. Default true; false needs the addon, on either loop. */
  reuseAddress?: boolean | null;
  /** Whether several sockets may listen on the port (SO_REUSEPORT). Default false. */
  reusePort?: boolean | null;
  /** Whether accepted connections get SO_KEEPALIVE. Default false. */
  keepAlive?: boolean | null;
  /** A bound socket to listen on, instead of a host and a port. The server owns it from then on. */
  sock?: SocketSource | null;
}

/** Options of `createConnection` and `openConnection`. */
export interface ConnectionOptions extends TlsClientOptions, LookupOptions {
  /** The local address to connect from. If it is a name, the first of its addresses that fits the family and can be bound. */
  localAddr?: { address: string; port?: number } | null;
  /** Seconds before the next address is tried in parallel; RFC 8305 recommends 0.25. Default: it is tried after a failure. */
  happyEyeballsDelay?: number | null;
  /** Addresses of the first family to try before the families alternate; 0 keeps the order. Default: 1 with happyEyeballsDelay, else 0. */
  interleave?: number | null;
  /** Whether to reject with an ExceptionGroup of the errors of all addresses. Default false. */
  allErrors?: boolean | null;
  /** A connected socket to use, instead of a host and a port. The transport owns it from then on. */
  sock?: SocketSource | null;
}

/** The path of a Unix socket, or on Linux an abstract name, which begins with "\0". */
export type UnixPath = string | URL;

/** Options of `createUnixServer` and `startUnixServer`. */
export interface UnixServerOptions extends ServingOptions, TlsServerOptions {
  /** Whether closing the server removes its socket file; a file that replaced it is kept. Default true. */
  cleanupSocket?: boolean | null;
  /** A bound Unix socket to listen on, instead of a path. The server owns it from then on. */
  sock?: SocketSource | null;
}

/** Options of `createUnixConnection` and `openUnixConnection`. */
export interface UnixConnectionOptions extends TlsClientOptions {
  /** A connected Unix socket to use, instead of a path. The transport owns it from then on. */
  sock?: SocketSource | null;
}

/** Options of `createDatagramEndpoint`. */
export interface DatagramOptions extends LookupOptions {
  /** The address to receive at. Port 0 takes any free port; address "" is every interface. */
  localAddr?: { address: string; port: number } | null;
  /** The peer's address. Datagrams from other senders are dropped, and `sendto` does not need an address. */
  remoteAddr?: { address: string; port: number } | null;
  /** The family to use; required if neither address is given. Otherwise it selects among the addresses of a name. */
  family?: "IPv4" | "IPv6" | null;
  /** Whether several endpoints may receive at one port; the kernel distributes the senders among them. */
  reusePort?: boolean | null;
  /** Allows broadcasts. With `remoteAddr` the endpoint is then not connected, so that it receives the answers to a broadcast. */
  allowBroadcast?: boolean | null;
  /** A datagram socket to use; other options are not allowed with it. The transport owns it from then on. */
  sock?: SocketSource | null;
}

/** Options of `createDatagramEndpoint` for Unix sockets, which only the native loop supports. */
export interface UnixDatagramOptions {
  family: "unix";
  /** The path to receive at, or on Linux an abstract name. An existing socket file is replaced; closing does not remove the file. */
  localAddr?: string | null;
  /** The path of the peer. */
  remoteAddr?: string | null;
  reusePort?: boolean | null;
  allowBroadcast?: boolean | null;
}

/** A file descriptor, or an object that has one, such as a FileHandle of node:fs/promises or process.stdin. */
export type Descriptor = number | { readonly fd: number };

/** A child's standard stream: `subprocess.PIPE`, `STDOUT`, `DEVNULL`, a descriptor of this process, or null to inherit this process's. */
export type Stdio = Descriptor | null;

/** Options of every function that starts a process. */
export interface SubprocessOptions {
  stdin?: Stdio;
  stdout?: Stdio;
  /** `subprocess.STDOUT` sends it where stdout goes. */
  stderr?: Stdio;
  /** The child's working directory; default: this process's. */
  cwd?: string | URL | null;
  /** The child's whole environment; default: this process's. Variables with the value undefined are left out. */
  env?: Readonly<Record<string, string | undefined>> | null;
  /** The numeric user and group ids to run as. */
  uid?: number | null;
  gid?: number | null;
  /** Whether the child gets its own session and process group. */
  startNewSession?: boolean;
  /** Descriptors that the child inherits under the same numbers. */
  passFds?: readonly number[];
  /** The program to run instead of `program` or /bin/sh; the child still sees the latter as its argv[0]. */
  executable?: string | null;
}

/** A program's arguments, optionally followed by the options. */
export type ArgumentsAndOptions<O> = [...args: string[]] | [...args: string[], options: O];

/** Options of `getaddrinfo`. */
export interface AddressInfoOptions extends LookupOptions {
  /** The type of socket that the addresses are for. `proto` must fit it. */
  type?: SocketType | null;
}

/** Options of `getnameinfo`. */
export interface NameInfoOptions {
  /** Whether to return the address instead of looking up the host's name. */
  numericHost?: boolean;
  /** Whether to return the port number instead of the service's name. */
  numericService?: boolean;
}

// ------------------------------------------------------------------------------------------------ the loop

/** Options of `createTask`. */
export interface TaskOptions {
  /** Default: `Task-N`. */
  name?: string;
  /** The context to run in. Default: a copy of the current one. */
  context?: Context;
  /** Whether to run the first step inside the call, not in the next turn. Default false. See createEagerTaskFactory(). */
  eagerStart?: boolean;
}

/** An async generator that can be closed when the loop shuts down. */
export interface Closable {
  aclose(): Awaitable<void>;
  /** The user's object, for the exception handler. */
  object(): object;
}

/** The set of a loop's running async generators. */
export interface AsyncGenerators {
  /** Called when a generator starts. */
  add(generator: Closable): void;
  /** Called when a generator has finished. */
  delete(generator: Closable): void;
}

/** The event loop, as every file outside of the loops' own folders and runners/ sees it. Mirrors asyncio.AbstractEventLoop. */
export interface EventLoop {
  runForever(): Promise<void>;
  stop(): void;
  isRunning(): boolean;
  isClosed(): boolean;
  close(): void;
  /** Returns the loop's clock: monotonic seconds. */
  time(): number;

  callSoon<A extends unknown[]>(callback: Callback<A>, ...args: A): HandleLike;
  callSoonThreadsafe<A extends unknown[]>(callback: Callback<A>, ...args: A): HandleLike;
  callLater<A extends unknown[]>(delay: number, callback: Callback<A>, ...args: A): TimerHandleLike;
  callAt<A extends unknown[]>(when: number, callback: Callback<A>, ...args: A): TimerHandleLike;

  callExceptionHandler(context: ExceptionContext): void;
  setExceptionHandler(handler: ExceptionHandler | null): void;
  getExceptionHandler(): ExceptionHandler | null;
  defaultExceptionHandler(context: ExceptionContext): void;
  getDebug(): boolean;
  setDebug(enabled: boolean): void;

  createServer(
    factory: ProtocolFactory,
    host?: string | readonly string[] | null,
    port?: number | null,
    options?: ServerOptions,
  ): Awaitable<Server>;
  createConnection<P extends StreamProtocol>(
    factory: ProtocolFactory<P>,
    host?: string | null,
    port?: number | null,
    options?: ConnectionOptions,
  ): Awaitable<[Transport, P]>;

  createUnixServer(factory: ProtocolFactory, path?: UnixPath | null, options?: UnixServerOptions): Awaitable<Server<string>>;
  createUnixConnection<P extends StreamProtocol>(
    factory: ProtocolFactory<P>,
    path?: UnixPath | null,
    options?: UnixConnectionOptions,
  ): Awaitable<[Transport, P]>;
  connectAcceptedSocket<P extends StreamProtocol>(
    factory: ProtocolFactory<P>,
    sock: SocketSource,
    options?: TlsServerOptions,
  ): Awaitable<[Transport, P]>;
  connectDuplex<P extends StreamProtocol>(factory: ProtocolFactory<P>, duplex: Duplex): Awaitable<[Transport, P]>;
  startTls(
    transport: Transport,
    protocol: StreamProtocol,
    sslContext: ClientTls | ServerTls,
    options?: StartTlsOptions,
  ): Awaitable<Transport>;
  createDatagramEndpoint<P extends DatagramProtocol>(factory: () => P, options: DatagramOptions): Awaitable<[DatagramTransport, P]>;
  createDatagramEndpoint<P extends DatagramProtocol<string>>(
    factory: () => P,
    options: UnixDatagramOptions | { sock: SocketSource },
  ): Awaitable<[DatagramTransport<string>, P]>;
  getaddrinfo(host?: string | null, port?: number | null, options?: AddressInfoOptions): Awaitable<Address[]>;
  getnameinfo(sockaddr: AddressLike, options?: NameInfoOptions): Awaitable<[host: string, service: string]>;
  connectReadPipe<P extends StreamProtocol>(factory: ProtocolFactory<P>, pipe: Descriptor): Awaitable<[ReadTransport, P]>;
  connectWritePipe<P extends BaseProtocol>(factory: () => P, pipe: Descriptor): Awaitable<[WriteTransport, P]>;
  subprocessExec<P extends SubprocessProtocol>(
    factory: () => P,
    program: string,
    ...args: ArgumentsAndOptions<SubprocessOptions>
  ): Awaitable<[SubprocessTransport, P]>;
  subprocessShell<P extends SubprocessProtocol>(
    factory: () => P,
    command: string,
    options?: SubprocessOptions,
  ): Awaitable<[SubprocessTransport, P]>;
  addSignalHandler<A extends unknown[]>(signal: NodeJS.Signals | number, callback: Callback<A>, ...args: A): void;
  removeSignalHandler(signal: NodeJS.Signals | number): boolean;

  addReader<A extends unknown[]>(fd: FileDescriptor, callback: Callback<A>, ...args: A): void;
  removeReader(fd: FileDescriptor): boolean;
  addWriter<A extends unknown[]>(fd: FileDescriptor, callback: Callback<A>, ...args: A): void;
  removeWriter(fd: FileDescriptor): boolean;
  sockRecv(sock: SocketObject, size: number): Awaitable<Buffer>;
  sockRecvInto(sock: SocketObject, buffer: Uint8Array): Awaitable<number>;
  sockRecvfrom(sock: SocketObject, size: number): Awaitable<[data: Buffer, sender: Address | string]>;
  sockRecvfromInto(sock: SocketObject, buffer: Uint8Array, length?: number): Awaitable<[length: number, sender: Address | string]>;
  sockSendall(sock: SocketObject, data: Uint8Array | string): Awaitable<void>;
  sockSendto(sock: SocketObject, data: Uint8Array | string, address: AddressLike | string): Awaitable<number>;
  sockConnect(sock: SocketObject, address: AddressLike | string): Awaitable<void>;
  sockSendfile(sock: SocketObject, file: FileSource, offset?: number, count?: number | null, options?: SendfileOptions): Awaitable<number>;
  sendfile(transport: Transport, file: FileSource, offset?: number, count?: number | null, options?: SendfileOptions): Awaitable<number>;
  sockAccept(sock: SocketObject): Awaitable<[connection: SocketObject, peer: Address | string]>;

  createTask<T>(source: Awaitable<T> | (() => PromiseLike<T> | Generator<Suspension, T, unknown>), options?: TaskOptions): Awaitable<T>;

  ref(): void;
  unref(): void;

  /** The same value as getDebug(), for hot paths. @internal */
  readonly debug: boolean;
  /** Async generators that have started and not finished, for shutdownAsyncgens. @internal */
  readonly asyncGenerators: AsyncGenerators;
  /** Appends to the ready queue and wakes the loop if it is asleep. @internal */
  enqueue(runnable: Runnable): void;
  /** Counts a cancelled handle in the timer heap. The handle stays there until it is due or until the next purge. @internal */
  timerCancelled(): void;
  /** The loop's unfinished tasks. The references are strong, so that a task without any other reference still finishes. @internal */
  readonly tasks: LinkedList<ListNode>;
}
