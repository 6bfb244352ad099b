/**
 * Types only: what the floors above know of each other. Future and Task know a loop by `EventLoop`; streams and the loops know
 * each other by `Transport` and `Protocol`. The abstract classes of the same names are in transports/.
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

/** What can stand in the ready queue. `run` must not throw. */
export interface Runnable {
  /** @internal */ run(): void;
}

/** What `yield*` and `await` both accept. The base class is tasks/awaitable.ts. */
export interface Awaitable<T> extends PromiseLike<T> {
  [Symbol.iterator](): Iterator<Suspension, T, unknown>;
}

declare const suspension: unique symbol;
/** What travels from a suspended coroutine to its driver. Made by uvio's awaitables only, never by a bare `yield`. */
export interface Suspension {
  readonly [suspension]: true;
}

export type Callback<A extends unknown[] = unknown[]> = (...args: A) => unknown;

/** What is told to the loop's exception handler. All but `message` may be missing. */
export interface ExceptionContext {
  message: string;
  exception?: unknown;
  future?: unknown;
  task?: unknown;
  handle?: unknown;
  protocol?: unknown;
  transport?: unknown;
  socket?: unknown;
  /** Where the object in question was created; in debug mode. */
  sourceTraceback?: string;
}

/** For `loop.setExceptionHandler`: told of errors that nobody else can be told of. */
export type ExceptionHandler = (loop: EventLoop, context: ExceptionContext) => void;

/** A scheduled callback. */
export interface HandleLike {
  cancel(): void;
  cancelled(): boolean;
  getContext(): Context;
}

export interface TimerHandleLike extends HandleLike {
  /** The deadline in the loop's time, seconds. */
  when(): number;
}

// ------------------------------------------------------------------------------------------------ transports and protocols

/** Extra information a transport may have; `getExtraInfo` returns undefined, or the default, for the rest. */
export interface ExtraInfo {
  sockname?: Address | string;
  peername?: Address | string;
  socket?: TransportSocket;
  /** Of TLS. */
  sslcontext?: SecureContext;
  /** Node's own object for the secure side. */
  sslObject?: TLSSocket;
  cipher?: CipherNameAndProtocol;
  /** What the peer has shown; undefined if nothing. */
  peercert?: PeerCertificate;
  /** What ALPN agreed upon; undefined without. */
  alpnProtocol?: string;
  /** Of TLS: null, as there is none any more. */
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

export interface ReadTransport extends BaseTransport {
  isReading(): boolean;
  pauseReading(): void;
  resumeReading(): void;
}

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

export interface DatagramTransport<A = Address> extends BaseTransport<DatagramProtocol<A>> {
  /** `addr`: where to; none for a connected endpoint. A path for Unix sockets. */
  sendto(data: Uint8Array | string, addr?: AddressLike | string | null): void;
  abort(): void;
  getWriteBufferSize(): number;
  getWriteBufferLimits(): { low: number; high: number };
  setWriteBufferLimits(limits?: { high?: number; low?: number }): void;
}

export interface BaseProtocol<T = Transport> {
  connectionMade?(transport: T): void;
  connectionLost?(error: Error | null): void;
  pauseWriting?(): void;
  resumeWriting?(): void;
}

export interface Protocol extends BaseProtocol {
  dataReceived(data: Buffer): void;
  /** A true result keeps the sending side open. */
  eofReceived?(): boolean | null | undefined | void;
}

export interface BufferedProtocol extends BaseProtocol {
  /** Memory for the next bytes, at least one; `sizeHint` is how many are there, -1 if unknown. */
  getBuffer(sizeHint: number): Uint8Array;
  bufferUpdated(length: number): void;
  eofReceived?(): boolean | null | undefined | void;
}

/** Receives transient bytes: they are valid only during the call, and nothing is copied for it. StreamReaderProtocol is one. Beyond asyncio. */
export interface BorrowingProtocol extends BaseProtocol {
  /** `bytes` is only valid during the call. */
  bytesBorrowed(bytes: Uint8Array): void;
  eofReceived?(): boolean | null | undefined | void;
}

/** `A`: string for Unix sockets, whose addresses are paths. */
export interface DatagramProtocol<A = Address> extends BaseProtocol<DatagramTransport<A>> {
  datagramReceived(data: Buffer, addr: A): void;
  errorReceived?(error: Error): void;
}

/** What a subprocess tells of. `fd`: 0, 1 or 2, as the child has it. */
export interface SubprocessProtocol extends BaseProtocol<SubprocessTransport> {
  pipeDataReceived?(fd: number, data: Buffer): void;
  /** Instead of pipeDataReceived: `bytes` is only valid during the call. Beyond asyncio. */
  pipeBytesBorrowed?(fd: number, bytes: Uint8Array): void;
  pipeConnectionLost?(fd: number, error: Error | null): void;
  processExited?(): void;
}

export interface SubprocessTransport extends BaseTransport<SubprocessProtocol> {
  getPid(): number;
  /** null while it runs; -N if signal N has ended it. */
  getReturncode(): number | null;
  /** The pipe to the child's descriptor, if there is one. */
  getPipeTransport(fd: number): Transport | null;
  sendSignal(signal: NodeJS.Signals | number): void;
  terminate(): void;
  kill(): void;
  /** Done with the return code when the process has exited and, unless `pipes` is false, all its pipes are closed. @internal */
  waitForExit(pipes: boolean): Awaitable<number>;
}

export type StreamProtocol = Protocol | BufferedProtocol | BorrowingProtocol;
/** Makes the protocol of a connection; called once for each. */
export type ProtocolFactory<P extends StreamProtocol = StreamProtocol> = () => P;

/** One listening socket of a Server; a Unix socket's name is its path. */
export type ServerSocket<A = Address> = TransportSocket<A>;

/** What listens. Closed by `close()`, by `shutdown()`, or at the end of `asyncWith(server, ...)`. Mirrors asyncio.Server. */
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

/** How long `Server.shutdown` waits. */
export interface ShutdownOptions {
  /** Seconds for clients to finish by themselves; default 10. */
  graceSeconds?: number;
  /** Seconds for them to take what is buffered once they are being closed; default 1. */
  flushSeconds?: number;
}

/** How a name is looked up: the hints of getaddrinfo. */
export interface LookupOptions {
  /** Only addresses of this family. */
  family?: "IPv4" | "IPv6";
  /** The protocol's number: 0, or the one that such sockets have, IPPROTO_TCP or IPPROTO_UDP. Any other is EAI_SOCKTYPE. */
  proto?: number;
  /** Of `AI_NUMERICHOST`, `AI_ADDRCONFIG`, `AI_V4MAPPED` and so on, those that apply, joined by `|`. Unknown ones are EAI_BADFLAGS. */
  flags?: number;
}

/** What servers of every kind take. */
export interface ServingOptions {
  /** Connections the kernel queues before they are accepted; an integer, default 100. */
  backlog?: number;
  /** Default true; false leaves it to `startServing` or `serveForever`. */
  startServing?: boolean;
  /** Connections at a time; whoever comes when there are as many waits to be accepted. Default: no limit. Beyond asyncio. */
  maxConnections?: number;
}

/** Options of `createServer` and `startServer`. */
export interface ServerOptions extends ServingOptions, TlsServerOptions {
  /** "IPv4" or "IPv6" to listen on that family only. Default: all that the host has. */
  family?: "IPv4" | "IPv6";
  /** Of the look-up, as for connections. Default AI_PASSIVE: without it, no host is the loopback. */
  flags?: number;
  /** Take a port that connections of an earlier server still linger on. Default true; false needs the addon, on either loop. */
  reuseAddress?: boolean;
  reusePort?: boolean;
  keepAlive?: boolean;
  /** Listen on this socket, which is bound already, instead of a host and a port. It is the server's from then on. */
  sock?: SocketSource | null;
}

/** Options of `createConnection` and `openConnection`. */
export interface ConnectionOptions extends TlsClientOptions, LookupOptions {
  /** Where to connect from; of a name's addresses the first that fits and can be had. */
  localAddr?: { address: string; port?: number };
  /** Seconds after which the next address is tried while the last one has not answered (RFC 8305 says 0.25). Default: it waits for its failure. */
  happyEyeballsDelay?: number | null;
  /** How many addresses of the first family come before the families take turns; 0 for none. Default 1 with `happyEyeballsDelay`, else 0. */
  interleave?: number;
  /** Fail with an ExceptionGroup of every address's error. Default false. */
  allErrors?: boolean;
  /** Use this socket, which is connected already, instead of a host and a port. It is the transport's from then on. */
  sock?: SocketSource | null;
}

/** A path, or on Linux an abstract name, which begins with "\0". */
export type UnixPath = string | URL;

/** Options of `createUnixServer` and `startUnixServer`. */
export interface UnixServerOptions extends ServingOptions, TlsServerOptions {
  /** Whether the server removes its socket file when it is closed, unless somebody has put another there. Default true. */
  cleanupSocket?: boolean;
  /** As for TCP, instead of a path. */
  sock?: SocketSource | null;
}

/** Options of `createUnixConnection` and `openUnixConnection`. */
export interface UnixConnectionOptions extends TlsClientOptions {
  /** As for TCP, instead of a path. */
  sock?: SocketSource | null;
}

/** Options of `createDatagramEndpoint`. */
export interface DatagramOptions extends LookupOptions {
  /** Where to receive; port 0 takes any. An address of "" is every interface. */
  localAddr?: { address: string; port: number };
  /** Whom to talk to: datagrams of others are not received, and `sendto` needs no address. */
  remoteAddr?: { address: string; port: number };
  /** Needed where there is neither address; otherwise it picks among the addresses of a name. */
  family?: "IPv4" | "IPv6";
  /** Lets several endpoints receive at one port: the kernel spreads the senders over them. */
  reusePort?: boolean;
  /** With `remoteAddr`: the endpoint is not connected to it, so that it receives what others answer to a broadcast. */
  allowBroadcast?: boolean;
  /** Use this socket instead, and no other option. It is the transport's from then on. */
  sock?: SocketSource | null;
}

/** Of Unix sockets: the native loop only. */
export interface UnixDatagramOptions {
  family: "unix";
  /** Where to receive: a path, or on Linux an abstract name. A socket file that is there already is replaced; none is removed at the end. */
  localAddr?: string;
  /** Whom to talk to. */
  remoteAddr?: string;
  reusePort?: boolean;
  allowBroadcast?: boolean;
}

/** A descriptor's number; or what has one: a FileHandle of node:fs/promises, a stream such as process.stdin. */
export type Descriptor = number | { readonly fd: number };

/** What a child gets: `subprocess.PIPE`, `STDOUT`, `DEVNULL`, a descriptor of ours, or null: what we have under the same number. */
export type Stdio = Descriptor | null;

/** Options of everything that starts a process. */
export interface SubprocessOptions {
  stdin?: Stdio;
  stdout?: Stdio;
  /** `subprocess.STDOUT`: the same as stdout. */
  stderr?: Stdio;
  /** Where the child runs; default: where we do. */
  cwd?: string | URL | null;
  /** All of the child's environment variables; default: ours. Undefined ones are left out. */
  env?: Readonly<Record<string, string | undefined>> | null;
  /** The user and the group to run as: numbers. */
  uid?: number | null;
  gid?: number | null;
  /** Run in a session, and a process group, of its own. */
  startNewSession?: boolean;
  /** Descriptors that the child gets under the same numbers. */
  passFds?: readonly number[];
  /** Run this instead of `program` (or of /bin/sh), which is then only what the child sees as its name. */
  executable?: string | null;
}

/** A program's arguments, and then, if there are any, the options. */
export type ArgumentsAndOptions<O> = [...args: string[]] | [...args: string[], options: O];

/** Options of `getaddrinfo`. */
export interface AddressInfoOptions extends LookupOptions {
  /** What the addresses are for, which `proto` has to fit. */
  type?: SocketType;
}

/** Options of `getnameinfo`. */
export interface NameInfoOptions {
  /** The address itself instead of the host's name. */
  numericHost?: boolean;
  /** The port's number instead of the service's name. */
  numericService?: boolean;
}

// ------------------------------------------------------------------------------------------------ the loop

/** Options of `createTask`. */
export interface TaskOptions {
  /** Default: `Task-N`. */
  name?: string;
  /** Run in this context instead of in a copy of the current one. */
  context?: Context;
  /** Run the first step at once, inside the call, instead of in the next turn. Default false. */
  eagerStart?: boolean;
}

/** An async generator that can be closed when the loop shuts down. */
export interface Closable {
  aclose(): Awaitable<void>;
}

/** What a loop keeps of its async generators. */
export interface AsyncGenerators {
  /** Called when one is begun. */
  add(generator: Closable): void;
  /** Called when one has ended. */
  delete(generator: Closable): void;
}

/** The loop, as everything but the loops themselves and policy/ knows it. Mirrors asyncio.AbstractEventLoop. */
export interface EventLoop {
  runForever(): Promise<void>;
  stop(): void;
  isRunning(): boolean;
  isClosed(): boolean;
  close(): void;
  /** Monotonic seconds. */
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
    host: string | null,
    port: number | null,
    options?: ConnectionOptions,
  ): Awaitable<[Transport, P]>;

  createUnixServer(factory: ProtocolFactory, path: UnixPath | null, options?: UnixServerOptions): Awaitable<Server<string>>;
  createUnixConnection<P extends StreamProtocol>(
    factory: ProtocolFactory<P>,
    path: UnixPath | null,
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
  getaddrinfo(host: string | null, port: number | null, options?: AddressInfoOptions): Awaitable<Address[]>;
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

  /** As getDebug(), for hot paths. @internal */
  readonly debug: boolean;
  /** Async generators that were begun and not finished, for shutdownAsyncgens. @internal */
  readonly asyncGenerators: AsyncGenerators;
  /** Appends to the ready queue, and wakes the loop if it sleeps. @internal */
  enqueue(runnable: Runnable): void;
  /** A handle in the timer heap was cancelled; it stays there until it is due or the next purge. @internal */
  timerCancelled(): void;
  /** The loop's unfinished tasks: strong references, so that a task nobody else holds still finishes. @internal */
  readonly tasks: LinkedList<ListNode>;
}
