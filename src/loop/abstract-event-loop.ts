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

/**
 * Everything that a loop can do; every loop is an instance. Mirrors asyncio.AbstractEventLoop. BaseEventLoop implements scheduling,
 * NetworkEventLoop and SocketEventLoop the network, pipes, processes, signals and sockets.
 *
 * On a closed loop each method throws RuntimeError, except those that remove something. Arguments that cannot be used throw TypeError or
 * ValueError. A returned coroutine rejects with the system's error (ECONNREFUSED, EADDRINUSE ...) and then leaves no socket open.
 */
export abstract class AbstractEventLoop {
  // Running, scheduling, errors: documented in base-event-loop.ts.
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

  /**
   * Listens on a TCP port, at every address of every host; `null` means all interfaces. Rejects with the system's error if one of the
   * addresses cannot be bound (EADDRINUSE, EACCES ...). Mirrors loop.create_server.
   */
  abstract createServer(
    factory: contracts.ProtocolFactory,
    host?: string | readonly string[] | null,
    port?: number | null,
    options?: contracts.ServerOptions,
  ): contracts.Awaitable<contracts.Server>;

  /**
   * Connects to a TCP server and resolves to the transport and the factory's protocol. Tries each address of the host. If all of them fail,
   * it rejects with their error if they agree, and otherwise with an AggregateError of them (with `allErrors` always an ExceptionGroup).
   * Mirrors loop.create_connection.
   */
  abstract createConnection<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    host?: string | null,
    port?: number | null,
    options?: contracts.ConnectionOptions,
  ): contracts.Awaitable<[contracts.Transport, P]>;

  /** Listens on a Unix socket; an existing socket file at `path` is replaced. Mirrors loop.create_unix_server. */
  abstract createUnixServer(
    factory: contracts.ProtocolFactory,
    path?: contracts.UnixPath | null,
    options?: contracts.UnixServerOptions,
  ): contracts.Awaitable<contracts.Server<string>>;

  /** Connects to a Unix socket and resolves to the transport and the factory's protocol. Mirrors loop.create_unix_connection. */
  abstract createUnixConnection<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    path?: contracts.UnixPath | null,
    options?: contracts.UnixConnectionOptions,
  ): contracts.Awaitable<[contracts.Transport, P]>;

  /** Runs a protocol over a Node Duplex stream. Not in asyncio. */
  abstract connectDuplex<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    duplex: Duplex,
  ): contracts.Awaitable<[contracts.Transport, P]>;

  /**
   * Creates a transport for a connection that was accepted outside of the loop; with `ssl`, as the server side of TLS. From then on the
   * transport owns the socket. Throws ValueError unless `sock` is a stream socket. Mirrors loop.connect_accepted_socket.
   */
  abstract connectAcceptedSocket<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    sock: contracts.SocketSource,
    options?: contracts.TlsServerOptions,
  ): contracts.Awaitable<[contracts.Transport, P]>;

  /**
   * Upgrades an open connection to TLS and resolves to the transport that replaces `transport`. The protocol continues on it; its
   * connectionMade is not called again. If the handshake fails, it closes the connection and rejects with the handshake's error. A client
   * must pass `serverHostname`. Mirrors loop.start_tls.
   */
  abstract startTls(
    transport: contracts.Transport,
    protocol: contracts.StreamProtocol,
    sslContext: contracts.ClientTls | contracts.ServerTls,
    options?: contracts.StartTlsOptions,
  ): contracts.Awaitable<contracts.Transport>;

  /**
   * Opens a UDP socket that is bound, connected or both. With `family: "unix"` it is a Unix datagram socket (native loop only;
   * NotImplementedError on the portable loop). Mirrors loop.create_datagram_endpoint.
   */
  abstract createDatagramEndpoint<P extends contracts.DatagramProtocol>(
    factory: () => P,
    options: contracts.DatagramOptions,
  ): contracts.Awaitable<[contracts.DatagramTransport, P]>;
  abstract createDatagramEndpoint<P extends contracts.DatagramProtocol<string>>(
    factory: () => P,
    options: contracts.UnixDatagramOptions | { sock: contracts.SocketSource },
  ): contracts.Awaitable<[contracts.DatagramTransport<string>, P]>;

  /** Resolves to all addresses of a host; an IP address is not looked up. Mirrors loop.getaddrinfo. */
  abstract getaddrinfo(
    host?: string | null,
    port?: number | null,
    options?: contracts.AddressInfoOptions,
  ): contracts.Awaitable<contracts.Address[]>;

  /** Resolves to the host name and the service name of an address. Mirrors loop.getnameinfo. */
  abstract getnameinfo(
    sockaddr: contracts.AddressLike,
    options?: contracts.NameInfoOptions,
  ): contracts.Awaitable<[host: string, service: string]>;

  /**
   * Reads from a pipe, FIFO, terminal or socket. A descriptor passed as a number belongs to the transport, which closes it. Of any other
   * object the transport uses a duplicate and closes the object too, unless it is a standard stream of the process. Rejects with
   * ValueError for a regular file. Mirrors loop.connect_read_pipe.
   */
  abstract connectReadPipe<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    pipe: contracts.Descriptor,
  ): contracts.Awaitable<[contracts.ReadTransport, P]>;

  /**
   * Writes to a pipe, FIFO, terminal or socket, which the transport owns as in connectReadPipe. The connection is lost when the reading
   * end is closed. Mirrors loop.connect_write_pipe.
   */
  abstract connectWritePipe<P extends contracts.BaseProtocol>(
    factory: () => P,
    pipe: contracts.Descriptor,
  ): contracts.Awaitable<[contracts.WriteTransport, P]>;

  /**
   * Starts a program: `program`, its arguments, then optionally the options. The standard streams are pipes by default. Rejects with the
   * system's error (ENOENT, EACCES ...) if the program cannot be started. Mirrors loop.subprocess_exec.
   */
  abstract subprocessExec<P extends contracts.SubprocessProtocol>(
    factory: () => P,
    program: string,
    ...args: contracts.ArgumentsAndOptions<contracts.SubprocessOptions>
  ): contracts.Awaitable<[contracts.SubprocessTransport, P]>;

  /** Runs a command line in /bin/sh, with the options of subprocessExec. Mirrors loop.subprocess_shell. */
  abstract subprocessShell<P extends contracts.SubprocessProtocol>(
    factory: () => P,
    command: string,
    options?: contracts.SubprocessOptions,
  ): contracts.Awaitable<[contracts.SubprocessTransport, P]>;

  /**
   * Calls `callback(...args)` in a turn of the loop when the process receives the signal; replaces an earlier callback. Throws RuntimeError
   * in a worker thread and for a signal that cannot be caught. Mirrors loop.add_signal_handler.
   */
  abstract addSignalHandler<A extends unknown[]>(signal: NodeJS.Signals | number, callback: contracts.Callback<A>, ...args: A): void;

  /** Removes the signal's callback, which restores its default; returns whether there was one. Mirrors loop.remove_signal_handler. */
  abstract removeSignalHandler(signal: NodeJS.Signals | number): boolean;

  // For sockets and descriptors that the program owns: documented in socket-event-loop.ts.
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
