import type { Duplex } from "node:stream";
import type { AwaitableSource } from "../combinators/ensure-future.js";
import type * as contracts from "../core/contracts.js";
import type { Handle, TimerHandle } from "../core/handles.js";
import type { Executor } from "../executors/executor.js";
import type { Work } from "../executors/exported.js";
import type { ThreadPoolExecutor } from "../executors/thread-pool.js";
import type { Coroutine } from "../tasks/coroutine.js";
import type { Future } from "../tasks/future.js";
import type { Task, TaskFactory, TaskSource } from "../tasks/task.js";

/** All that a loop can do, and for `instanceof`: every loop is one. Mirrors asyncio.AbstractEventLoop. */
export abstract class AbstractEventLoop {
  // Running, scheduling, errors: base-event-loop.ts documents them.
  abstract runForever(): Promise<void>;
  abstract runUntilComplete<T>(source: AwaitableSource<T>): Promise<T>;
  abstract stop(): void;
  abstract isRunning(): boolean;
  abstract isClosed(): boolean;
  abstract close(): void;
  abstract time(): number;
  abstract callSoon<A extends unknown[]>(callback: contracts.Callback<A>, ...args: A): Handle;
  abstract callSoonThreadsafe<A extends unknown[]>(callback: contracts.Callback<A>, ...args: A): Handle;
  abstract callLater<A extends unknown[]>(delay: number, callback: contracts.Callback<A>, ...args: A): TimerHandle;
  abstract callAt<A extends unknown[]>(when: number, callback: contracts.Callback<A>, ...args: A): TimerHandle;
  abstract createFuture<T = unknown>(): Future<T>;
  abstract createTask<T>(source: TaskSource<T>, options?: contracts.TaskOptions): Task<T>;
  abstract setTaskFactory(factory: TaskFactory | null): void;
  abstract getTaskFactory(): TaskFactory | null;
  abstract shutdownAsyncgens(): Coroutine<void>;
  abstract runInExecutor<A extends unknown[], R>(executor: Executor | null, fn: Work<A, R>, ...args: A): Future<Awaited<R>>;
  abstract setDefaultExecutor(executor: ThreadPoolExecutor): void;
  abstract shutdownDefaultExecutor(timeout?: number | null): Coroutine<void>;
  abstract callExceptionHandler(context: contracts.ExceptionContext): void;
  abstract setExceptionHandler(handler: contracts.ExceptionHandler | null): void;
  abstract getExceptionHandler(): contracts.ExceptionHandler | null;
  abstract defaultExceptionHandler(context: contracts.ExceptionContext): void;
  abstract getDebug(): boolean;
  abstract setDebug(enabled: boolean): void;

  /** Listens on TCP; every host of a list, and every address of a host. Mirrors loop.create_server. */
  abstract createServer(
    factory: contracts.ProtocolFactory,
    host?: string | readonly string[] | null,
    port?: number | null,
    options?: contracts.ServerOptions,
  ): contracts.Awaitable<contracts.Server>;

  /** Connects to a TCP server, trying each of its addresses. Mirrors loop.create_connection. */
  abstract createConnection<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    host: string | null,
    port: number | null,
    options?: contracts.ConnectionOptions,
  ): contracts.Awaitable<[contracts.Transport, P]>;

  /** Listens on a Unix socket; a socket file that is there already is replaced. Mirrors loop.create_unix_server. */
  abstract createUnixServer(
    factory: contracts.ProtocolFactory,
    path: contracts.UnixPath | null,
    options?: contracts.UnixServerOptions,
  ): contracts.Awaitable<contracts.Server<string>>;

  /** Mirrors loop.create_unix_connection. */
  abstract createUnixConnection<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    path: contracts.UnixPath | null,
    options?: contracts.UnixConnectionOptions,
  ): contracts.Awaitable<[contracts.Transport, P]>;

  /** Runs a protocol over a Duplex of Node's. Beyond asyncio. */
  abstract connectDuplex<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    duplex: Duplex,
  ): contracts.Awaitable<[contracts.Transport, P]>;

  /**
   * Makes a transport of a connection that somebody else has accepted; with `ssl`, of a server's side. The socket is the transport's from
   * then on. ValueError for what is no stream socket. Mirrors loop.connect_accepted_socket.
   */
  abstract connectAcceptedSocket<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    sock: contracts.SocketSource,
    options?: contracts.TlsServerOptions,
  ): contracts.Awaitable<[contracts.Transport, P]>;

  /**
   * Makes a live connection secure and gives the transport to use from now on, by which the protocol goes on; its connectionMade is not
   * called again. Rejects with the error of the handshake, the connection closed. A client must say `serverHostname`. Mirrors
   * loop.start_tls.
   */
  abstract startTls(
    transport: contracts.Transport,
    protocol: contracts.StreamProtocol,
    sslContext: contracts.ClientTls | contracts.ServerTls,
    options?: contracts.StartTlsOptions,
  ): contracts.Awaitable<contracts.Transport>;

  /**
   * Opens a UDP socket, bound, connected or both; with `family: "unix"` a Unix one, on the native loop. Mirrors
   * loop.create_datagram_endpoint.
   */
  abstract createDatagramEndpoint<P extends contracts.DatagramProtocol>(
    factory: () => P,
    options: contracts.DatagramOptions,
  ): contracts.Awaitable<[contracts.DatagramTransport, P]>;
  abstract createDatagramEndpoint<P extends contracts.DatagramProtocol<string>>(
    factory: () => P,
    options: contracts.UnixDatagramOptions | { sock: contracts.SocketSource },
  ): contracts.Awaitable<[contracts.DatagramTransport<string>, P]>;

  /** Every address of a host; literals need no look-up. Mirrors loop.getaddrinfo. */
  abstract getaddrinfo(
    host: string | null,
    port: number | null,
    options?: contracts.AddressInfoOptions,
  ): contracts.Awaitable<contracts.Address[]>;

  /** The names of an address and its port. Mirrors loop.getnameinfo. */
  abstract getnameinfo(
    sockaddr: contracts.AddressLike,
    options?: contracts.NameInfoOptions,
  ): contracts.Awaitable<[host: string, service: string]>;

  /**
   * Reads from a pipe, FIFO, terminal or socket. The transport owns a descriptor that is given as a number, and closes it; of anything
   * else it takes a duplicate, and closes what it was given, except the process's standard streams. ValueError for a regular file.
   * Mirrors loop.connect_read_pipe.
   */
  abstract connectReadPipe<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    pipe: contracts.Descriptor,
  ): contracts.Awaitable<[contracts.ReadTransport, P]>;

  /** The same, to write to. The connection is lost when nobody reads the pipe any more. Mirrors loop.connect_write_pipe. */
  abstract connectWritePipe<P extends contracts.BaseProtocol>(
    factory: () => P,
    pipe: contracts.Descriptor,
  ): contracts.Awaitable<[contracts.WriteTransport, P]>;

  /**
   * Starts a program; its arguments follow, then the options. Standard streams are pipes unless told otherwise. Rejects with ENOENT,
   * EACCES ... where it cannot be started. Mirrors loop.subprocess_exec.
   */
  abstract subprocessExec<P extends contracts.SubprocessProtocol>(
    factory: () => P,
    program: string,
    ...args: contracts.ArgumentsAndOptions<contracts.SubprocessOptions>
  ): contracts.Awaitable<[contracts.SubprocessTransport, P]>;

  /** The same for a line of /bin/sh. Mirrors loop.subprocess_shell. */
  abstract subprocessShell<P extends contracts.SubprocessProtocol>(
    factory: () => P,
    command: string,
    options?: contracts.SubprocessOptions,
  ): contracts.Awaitable<[contracts.SubprocessTransport, P]>;

  /** Calls `callback(...args)` inside the loop when the process gets the signal. Mirrors loop.add_signal_handler. */
  abstract addSignalHandler<A extends unknown[]>(signal: NodeJS.Signals | number, callback: contracts.Callback<A>, ...args: A): void;

  /** Whether there was a handler. The signal's default is back then. Mirrors loop.remove_signal_handler. */
  abstract removeSignalHandler(signal: NodeJS.Signals | number): boolean;

  // Sockets and descriptors of the program's own: socket-loop.ts documents them.
  abstract addReader<A extends unknown[]>(fd: contracts.FileDescriptor, callback: contracts.Callback<A>, ...args: A): void;
  abstract removeReader(fd: contracts.FileDescriptor): boolean;
  abstract addWriter<A extends unknown[]>(fd: contracts.FileDescriptor, callback: contracts.Callback<A>, ...args: A): void;
  abstract removeWriter(fd: contracts.FileDescriptor): boolean;
  abstract sockRecv(sock: contracts.SocketObject, size: number): contracts.Awaitable<Buffer>;
  abstract sockRecvInto(sock: contracts.SocketObject, buffer: Uint8Array): contracts.Awaitable<number>;
  abstract sockRecvfrom(
    sock: contracts.SocketObject,
    size: number,
  ): contracts.Awaitable<[data: Buffer, sender: contracts.Address | string]>;
  abstract sockRecvfromInto(
    sock: contracts.SocketObject,
    buffer: Uint8Array,
    length?: number,
  ): contracts.Awaitable<[length: number, sender: contracts.Address | string]>;
  abstract sockSendall(sock: contracts.SocketObject, data: Uint8Array | string): contracts.Awaitable<void>;
  abstract sockSendto(
    sock: contracts.SocketObject,
    data: Uint8Array | string,
    address: contracts.AddressLike | string,
  ): contracts.Awaitable<number>;
  abstract sockConnect(sock: contracts.SocketObject, address: contracts.AddressLike | string): contracts.Awaitable<void>;
  abstract sockSendfile(
    sock: contracts.SocketObject,
    file: contracts.FileSource,
    offset?: number,
    count?: number | null,
    options?: contracts.SendfileOptions,
  ): contracts.Awaitable<number>;
  abstract sendfile(
    transport: contracts.Transport,
    file: contracts.FileSource,
    offset?: number,
    count?: number | null,
    options?: contracts.SendfileOptions,
  ): contracts.Awaitable<number>;
  abstract sockAccept(
    sock: contracts.SocketObject,
  ): contracts.Awaitable<[connection: contracts.SocketObject, peer: contracts.Address | string]>;
}
