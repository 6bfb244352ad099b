import type * as contracts from "../core/contracts.js";
import type { Duplex } from "node:stream";
import type { Coroutine } from "../tasks/coroutine.js";
import { checkOptions, withoutNulls } from "../util/options.js";
import { connectSock, serveSock } from "../net/adopted-sockets.js";
import { BaseEventLoop } from "./base-event-loop.js";
import type { Place } from "../transports/datagram-transport.js";
import {
  adoptDatagramEndpoint,
  checkDatagramArguments,
  createDatagramEndpoint,
  type DatagramEndpointOptions,
} from "../net/datagram-endpoint.js";
import { checkConnectionArguments, createConnection } from "../net/create-connection.js";
import { checkServing, checkServerArguments, createServer } from "../net/create-server.js";
import { checkFactory, checkBooleans } from "../net/argument-checks.js";
import { SockOption, sockInsteadOf } from "../net/sock-option.js";
import { checkDuplex, openDuplex } from "../node-net/from-duplex.js";
import { getaddrinfo, getnameinfo } from "../net/name-lookup.js";
import { connectPipe } from "../net/pipe-endpoints.js";
import type { OwnedHandle, HandleOwner } from "../transports/owned-handles.js";
import type { Server } from "../net/server.js";
import { SignalHandlers } from "./signal-handlers.js";
import { execRequest, spawnSubprocess, shellRequest } from "../subprocess/spawn.js";
import { checkUpgrade, startTls } from "../tls/start-tls.js";
import { clientTls, serverTls, type TlsSettings } from "../tls/settings.js";
import { secureStreams } from "../tls/secure-streams.js";
import type { StreamBackend } from "../net/stream-backend.js";
import type { LoopBackend } from "./loop-backend.js";
import { createUnixConnection, createUnixServer } from "../net/unix-endpoints.js";
import { checkPath } from "../transports/unix-path.js";

/**
 * The part of AbstractEventLoop that both loops share: it checks the arguments and calls the coroutines of net/, tls/ and subprocess/.
 * Each loop supplies a backend that opens sockets, pipes and processes.
 */
export abstract class NetworkEventLoop extends BaseEventLoop implements HandleOwner {
  /** @internal */ readonly ownedHandles = new Set<OwnedHandle>();
  /** @internal */ onAccepted(): void {}
  readonly #signals = new SignalHandlers(this);

  protected abstract readonly backend: LoopBackend;

  override createServer(
    factory: contracts.ProtocolFactory,
    host: string | readonly string[] | null = null,
    port: number | null = null,
    given: contracts.ServerOptions = {},
  ): Coroutine<Server> {
    this.checkClosed();
    checkOptions(given, "{ backlog: 100 }");
    const options = withoutNulls(given);
    checkServerArguments(factory, host, port ?? 0, options);
    const streams = this.#streams(serverTls(options));
    const sock = sockInsteadOf("createServer", options.sock, "stream", host !== null || port !== null);
    if (sock !== null) return serveSock(this, streams, sock, factory, options) as Coroutine<Server>;
    return createServer(this, streams, factory, host, port ?? 0, options);
  }

  override createConnection<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    host: string | null = null,
    port: number | null = null,
    given: contracts.ConnectionOptions = {},
  ): Coroutine<[contracts.Transport, P]> {
    this.checkClosed();
    checkFactory(factory);
    checkOptions(given, "{ ssl: true }");
    const options = withoutNulls(given);
    const streams = this.#streams(clientTls(options, host));
    const sock = sockInsteadOf("createConnection", options.sock, "stream", host !== null || port !== null);
    if (sock !== null) return connected(connectSock(this, streams, sock, factory));
    checkConnectionArguments(host, port, options);
    return connected(createConnection(this, streams, factory, host as string, port as number, options));
  }

  override createUnixServer(
    factory: contracts.ProtocolFactory,
    path: contracts.UnixPath | null = null,
    given: contracts.UnixServerOptions = {},
  ): Coroutine<Server<string>> {
    this.checkClosed();
    checkFactory(factory);
    checkOptions(given, "{ backlog: 100 }");
    const options = withoutNulls(given);
    checkServing(options);
    checkBooleans({ cleanupSocket: options.cleanupSocket });
    const streams = this.#streams(serverTls(options));
    const sock = sockInsteadOf("createUnixServer", options.sock, "unix", path !== null);
    if (sock !== null) return serveSock(this, streams, sock, factory, { cleanupSocket: true, ...options }) as Coroutine<Server<string>>;
    return createUnixServer(this, streams, factory, checkPath(path), options);
  }

  override createUnixConnection<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    path: contracts.UnixPath | null = null,
    given: contracts.UnixConnectionOptions = {},
  ): Coroutine<[contracts.Transport, P]> {
    this.checkClosed();
    checkFactory(factory);
    checkOptions(given, "{ ssl: true }");
    const options = withoutNulls(given);
    const streams = this.#streams(clientTls(options, null));
    const sock = sockInsteadOf("createUnixConnection", options.sock, "unix", path !== null);
    if (sock !== null) return connected(connectSock(this, streams, sock, factory));
    return connected(createUnixConnection(this, streams, factory, checkPath(path)));
  }

  override connectAcceptedSocket<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    sock: contracts.SocketSource,
    options: contracts.TlsServerOptions = {},
  ): Coroutine<[contracts.Transport, P]> {
    this.checkClosed();
    checkFactory(factory);
    checkOptions(options, "{ ssl: context }");
    const accepted = new SockOption(sock, "stream");
    return connected(connectSock(this, this.#streams(serverTls(options)), accepted, factory));
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
  override createDatagramEndpoint(factory: () => contracts.DatagramProtocol<Place>, given: DatagramEndpointOptions): Coroutine<never> {
    this.checkClosed();
    checkFactory(factory);
    checkOptions(given, '{ localAddr: { address: "127.0.0.1", port: 0 } }');
    const options = withoutNulls(given);
    checkDatagramArguments(options);
    const { sock } = options;
    const made =
      sock === undefined
        ? createDatagramEndpoint(this, this.backend, factory, options)
        : adoptDatagramEndpoint(this, this.backend, factory, new SockOption(sock, "dgram"));
    return made as Coroutine<unknown> as Coroutine<never>;
  }

  override connectReadPipe<P extends contracts.StreamProtocol>(
    factory: contracts.ProtocolFactory<P>,
    pipe: contracts.Descriptor,
  ): Coroutine<[contracts.ReadTransport, P]> {
    this.checkClosed();
    checkFactory(factory);
    return connectPipe(this, this.backend, true, factory, pipe) as unknown as Coroutine<[contracts.ReadTransport, P]>;
  }

  override connectWritePipe<P extends contracts.BaseProtocol>(
    factory: () => P,
    pipe: contracts.Descriptor,
  ): Coroutine<[contracts.WriteTransport, P]> {
    this.checkClosed();
    checkFactory(factory);
    return connectPipe(this, this.backend, false, factory, pipe) as unknown as Coroutine<[contracts.WriteTransport, P]>;
  }

  override subprocessExec<P extends contracts.SubprocessProtocol>(
    factory: () => P,
    program: string,
    ...args: contracts.ArgumentsAndOptions<contracts.SubprocessOptions>
  ): Coroutine<[contracts.SubprocessTransport, P]> {
    this.checkClosed();
    checkFactory(factory);
    const request = execRequest(program, args);
    return spawnSubprocess(this, this.backend, factory, request) as unknown as Coroutine<[contracts.SubprocessTransport, P]>;
  }

  override subprocessShell<P extends contracts.SubprocessProtocol>(
    factory: () => P,
    command: string,
    options: contracts.SubprocessOptions = {},
  ): Coroutine<[contracts.SubprocessTransport, P]> {
    this.checkClosed();
    checkFactory(factory);
    const request = shellRequest(command, options);
    return spawnSubprocess(this, this.backend, factory, request) as unknown as Coroutine<[contracts.SubprocessTransport, P]>;
  }

  override getaddrinfo(
    host: string | null = null,
    port: number | null = null,
    options: contracts.AddressInfoOptions = {},
  ): Coroutine<contracts.Address[]> {
    this.checkClosed();
    checkOptions(options, '{ type: "stream" }');
    return getaddrinfo(host, port, withoutNulls(options));
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

  #streams(tls: TlsSettings | null): StreamBackend {
    return tls === null ? this.backend : secureStreams(tls);
  }

  /** Called by close(). Each handle removes itself from `ownedHandles` when it is disposed. */
  protected override onClose(): void {
    this.#signals.removeAll();
    for (const resource of this.ownedHandles) resource.dispose();
  }
}

/** Restores the protocol type of the factory, a type parameter that coroutine() loses. */
function connected<P>(connecting: Coroutine<unknown>): Coroutine<[contracts.Transport, P]> {
  return connecting as Coroutine<[contracts.Transport, P]>;
}
