import type * as contracts from "../core/contracts.js";
import type { Duplex } from "node:stream";
import type { Coroutine } from "../tasks/coroutine.js";
import { checkOptions } from "../util/options.js";
import { connectSock, serveSock, type AdoptListener, type AdoptStream } from "../net/adopted-sockets.js";
import { BaseEventLoop } from "./base-event-loop.js";
import type { Place } from "../transports/datagram-transport.js";
import {
  adoptDatagramEndpoint,
  checkDatagramArguments,
  createDatagramEndpoint,
  type AdoptDatagrams,
  type DatagramEndpointOptions,
  type OpenDatagram,
} from "../net/datagram-endpoint.js";
import { checkConnectionArguments, createConnection, type Connect } from "../net/create-connection.js";
import { checkServing, checkServerArguments, createServer, type Bind } from "../net/create-server.js";
import { checkFactory, checkBooleans } from "../net/argument-checks.js";
import { SockOption, sockInsteadOf } from "../net/sock-option.js";
import { checkDuplex, openDuplex } from "../node-net/from-duplex.js";
import { getaddrinfo, getnameinfo } from "../net/name-lookup.js";
import { connectPipe, type OpenPipe } from "../net/pipe-endpoints.js";
import type { OwnedHandle, HandleOwner } from "../transports/owned-handles.js";
import type { Server } from "../net/server.js";
import { SignalHandlers } from "./signal-handlers.js";
import type { Spawn } from "../subprocess/spawn-request.js";
import { execRequest, spawnSubprocess, shellRequest } from "../subprocess/spawn.js";
import { checkUpgrade, startTls } from "../tls/start-tls.js";
import { clientTls, serverTls, type TlsSettings } from "../tls/settings.js";
import {
  secureAdoptListener,
  secureAdoptStream,
  secureBind,
  secureBindPath,
  secureConnect,
  secureConnectPath,
} from "../tls/secure-endpoints.js";
import { createUnixConnection, createUnixServer, type BindPath, type ConnectPath } from "../net/unix-endpoints.js";
import { checkPath } from "../transports/unix-path.js";

/** What both loops offer of the network and of signals; each adds how it opens a socket. */
export abstract class NetworkEventLoop extends BaseEventLoop implements HandleOwner {
  /** @internal */ readonly ownedHandles = new Set<OwnedHandle>();
  readonly #signals = new SignalHandlers(this);

  protected abstract readonly bindTcp: Bind;
  protected abstract readonly connectTcp: Connect;
  protected abstract readonly bindPath: BindPath;
  protected abstract readonly connectPath: ConnectPath;
  protected abstract readonly adoptStream: AdoptStream;
  protected abstract readonly adoptListener: AdoptListener;
  protected abstract readonly openDatagram: OpenDatagram;
  protected abstract readonly adoptDatagrams: AdoptDatagrams;
  protected abstract readonly openPipe: OpenPipe;
  protected abstract readonly spawn: Spawn;

  override createServer(
    factory: contracts.ProtocolFactory,
    host: string | readonly string[] | null = null,
    port: number | null = null,
    options: contracts.ServerOptions = {},
  ): Coroutine<Server> {
    this.checkClosed();
    checkOptions(options, "{ backlog: 100 }");
    checkServerArguments(factory, host, port ?? 0, options);
    const tls = serverTls(options);
    const given = sockInsteadOf(options.sock, "stream", "host/port", host !== null || port !== null, false);
    if (given !== null) return this.#serveGiven(given, tls, factory, options) as Coroutine<Server>;
    const bind = tls === null ? this.bindTcp : secureBind(this, tls);
    return createServer(this, bind, factory, host, port ?? 0, options);
  }

  override createConnection<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    host: string | null,
    port: number | null,
    options: contracts.ConnectionOptions = {},
  ): Coroutine<[contracts.Transport, P]> {
    this.checkClosed();
    checkFactory(factory);
    checkOptions(options, "{ ssl: true }");
    const tls = clientTls(options, host);
    const given = sockInsteadOf(options.sock, "stream", "host/port", host !== null || port !== null, true);
    if (given !== null) return this.#connectGiven(given, tls, factory);
    checkConnectionArguments(host, port, options);
    const connect = tls === null ? this.connectTcp : secureConnect(this, tls);
    return createConnection(this, connect, factory, host as string, port as number, options) as unknown as Coroutine<
      [contracts.Transport, P]
    >;
  }

  override createUnixServer(
    factory: contracts.ProtocolFactory,
    path: contracts.UnixPath | null,
    options: contracts.UnixServerOptions = {},
  ): Coroutine<Server<string>> {
    this.checkClosed();
    checkFactory(factory);
    checkOptions(options, "{ backlog: 100 }");
    checkServing(options);
    checkBooleans({ cleanupSocket: options.cleanupSocket });
    const tls = serverTls(options);
    const given = sockInsteadOf(options.sock, "unix", "path", path !== null, true);
    if (given !== null) return this.#serveGiven(given, tls, factory, { cleanupSocket: true, ...options }) as Coroutine<Server<string>>;
    const bind = tls === null ? this.bindPath : secureBindPath(this, tls);
    return createUnixServer(this, bind, factory, checkPath(path), options);
  }

  override createUnixConnection<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    path: contracts.UnixPath | null,
    options: contracts.UnixConnectionOptions = {},
  ): Coroutine<[contracts.Transport, P]> {
    this.checkClosed();
    checkFactory(factory);
    checkOptions(options, "{ ssl: true }");
    const tls = clientTls(options, null);
    const given = sockInsteadOf(options.sock, "unix", "path", path !== null, true);
    if (given !== null) return this.#connectGiven(given, tls, factory);
    const connect = tls === null ? this.connectPath : secureConnectPath(this, tls);
    return createUnixConnection(this, connect, factory, checkPath(path)) as unknown as Coroutine<[contracts.Transport, P]>;
  }

  override connectAcceptedSocket<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    sock: contracts.SocketSource,
    options: contracts.TlsServerOptions = {},
  ): Coroutine<[contracts.Transport, P]> {
    this.checkClosed();
    checkFactory(factory);
    checkOptions(options, "{ ssl: context }");
    return this.#connectGiven(new SockOption(sock, "stream"), serverTls(options), factory);
  }

  override connectDuplex<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    duplex: Duplex,
  ): Coroutine<[contracts.Transport, P]> {
    this.checkClosed();
    checkFactory(factory);
    checkDuplex(duplex);
    return openDuplex(this, duplex, factory) as unknown as Coroutine<[contracts.Transport, P]>;
  }

  override startTls(
    transport: contracts.Transport,
    protocol: contracts.StreamProtocol,
    sslContext: contracts.ClientTls | contracts.ServerTls,
    options: contracts.StartTlsOptions = {},
  ): Coroutine<contracts.Transport> {
    this.checkClosed();
    return startTls(this, transport, protocol, checkUpgrade(transport, protocol, sslContext, options));
  }

  override createDatagramEndpoint<P extends contracts.DatagramProtocol>(
    factory: () => P,
    options: contracts.DatagramOptions,
  ): Coroutine<[contracts.DatagramTransport, P]>;
  override createDatagramEndpoint<P extends contracts.DatagramProtocol<string>>(
    factory: () => P,
    options: contracts.UnixDatagramOptions | { sock: contracts.SocketSource },
  ): Coroutine<[contracts.DatagramTransport<string>, P]>;
  override createDatagramEndpoint(factory: () => contracts.DatagramProtocol<Place>, options: DatagramEndpointOptions): Coroutine<never> {
    this.checkClosed();
    checkFactory(factory);
    checkDatagramArguments(options);
    const { sock } = options;
    const made =
      sock === undefined || sock === null
        ? createDatagramEndpoint(this, this.openDatagram, factory, options)
        : adoptDatagramEndpoint(this, this.adoptDatagrams, factory, new SockOption(sock, "dgram"));
    return made as Coroutine<unknown> as Coroutine<never>;
  }

  override connectReadPipe<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    pipe: contracts.Descriptor,
  ): Coroutine<[contracts.ReadTransport, P]> {
    this.checkClosed();
    checkFactory(factory);
    return connectPipe(this, this.openPipe, true, factory, pipe) as unknown as Coroutine<[contracts.ReadTransport, P]>;
  }

  override connectWritePipe<P extends contracts.BaseProtocol>(
    factory: () => P,
    pipe: contracts.Descriptor,
  ): Coroutine<[contracts.WriteTransport, P]> {
    this.checkClosed();
    checkFactory(factory);
    return connectPipe(this, this.openPipe, false, factory, pipe) as unknown as Coroutine<[contracts.WriteTransport, P]>;
  }

  override subprocessExec<P extends contracts.SubprocessProtocol>(
    factory: () => P,
    program: string,
    ...args: contracts.ArgumentsAndOptions<contracts.SubprocessOptions>
  ): Coroutine<[contracts.SubprocessTransport, P]> {
    this.checkClosed();
    checkFactory(factory);
    const request = execRequest(program, args);
    return spawnSubprocess(this, this.spawn, factory, request) as unknown as Coroutine<[contracts.SubprocessTransport, P]>;
  }

  override subprocessShell<P extends contracts.SubprocessProtocol>(
    factory: () => P,
    command: string,
    options: contracts.SubprocessOptions = {},
  ): Coroutine<[contracts.SubprocessTransport, P]> {
    this.checkClosed();
    checkFactory(factory);
    const request = shellRequest(command, options);
    return spawnSubprocess(this, this.spawn, factory, request) as unknown as Coroutine<[contracts.SubprocessTransport, P]>;
  }

  override getaddrinfo(
    host: string | null,
    port: number | null,
    options: contracts.AddressInfoOptions = {},
  ): Coroutine<contracts.Address[]> {
    this.checkClosed();
    return getaddrinfo(host, port, options);
  }

  override getnameinfo(
    sockaddr: contracts.AddressLike,
    options: contracts.NameInfoOptions = {},
  ): Coroutine<[host: string, service: string]> {
    this.checkClosed();
    return getnameinfo(this, sockaddr, options);
  }

  override addSignalHandler<A extends unknown[]>(signal: NodeJS.Signals | number, callback: contracts.Callback<A>, ...args: A): void {
    this.checkClosed();
    this.#signals.add(signal, callback, args);
  }

  override removeSignalHandler(signal: NodeJS.Signals | number): boolean {
    return this.#signals.remove(signal);
  }

  #serveGiven(
    given: SockOption,
    tls: TlsSettings | null,
    factory: contracts.ProtocolFactory,
    options: contracts.ServingOptions & { keepAlive?: boolean; cleanupSocket?: boolean },
  ): Coroutine<Server<contracts.Address | string>> {
    const adopt = tls === null ? this.adoptListener : secureAdoptListener(this, tls);
    return serveSock(this, adopt, given, factory, options);
  }

  #connectGiven<P extends contracts.StreamProtocol>(
    given: SockOption,
    tls: TlsSettings | null,
    factory: contracts.ProtocolFactory<P>,
  ): Coroutine<[contracts.Transport, P]> {
    const adopt = tls === null ? this.adoptStream : secureAdoptStream(this, tls);
    return connectSock(this, adopt, given, factory) as unknown as Coroutine<[contracts.Transport, P]>;
  }

  protected override onClose(): void {
    this.#signals.removeAll();
    for (const resource of this.ownedHandles) resource.dispose();
  }
}
