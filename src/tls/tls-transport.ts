import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionOptions, PeerCertificate, TLSSocket, TlsOptions } from "node:tls";
import type { BaseProtocol, TimerHandleLike } from "../core/contracts.js";
import { NotImplementedError, TimeoutError } from "../core/errors.js";
import type { Future } from "../tasks/future.js";
import { GracefulDuplexTransport } from "../transports/graceful-duplex-transport.js";
import type { HandleOwner } from "../transports/owned-handles.js";
import type { TransportOwner } from "../transports/stream-transport.js";
import { nodeTls, type TlsSettings } from "./settings.js";

/** asyncio's FLOW_CONTROL_HIGH_WATER_SSL_WRITE, bytes. */
const HIGH_WATER_BYTES = 512 * 1024;

/** What is below the TLS. */
export interface Lower {
  /** Carries the encrypted bytes, and is the transport's from now on. */
  readonly duplex: Duplex;
  /** What it knows of the connection. */
  info(name: string): unknown;
}

/** Has the transport's place until the handshake is over, so that the protocol hears of nothing before. */
class Handshake implements BaseProtocol {
  readonly #failed: (error: Error | null) => void;

  constructor(failed: (error: Error | null) => void) {
    this.#failed = failed;
  }

  dataReceived(): void {
    // Reading begins after the handshake.
  }

  connectionLost(error: Error | null): void {
    this.#failed(error);
  }
}

/**
 * A transport over node:tls, itself over any Duplex: Node's own socket, or another transport. Begins with the handshake and ends with the
 * farewell of both sides, each within its time. Mirrors asyncio.sslproto.
 */
export class TlsTransport extends GracefulDuplexTransport<TLSSocket> {
  readonly #settings: TlsSettings;
  readonly #lower: Lower;
  readonly #application: BaseProtocol;
  /** The protocol has a connection already, which becomes this one (startTls). */
  readonly #upgraded: boolean;
  /** Of the handshake, then of the farewell. */
  #deadline: TimerHandleLike | null = null;
  #waiter: Future<void> | null = null;
  #established = false;
  #leaving = false;
  #peerEnded = false;

  constructor(
    loop: HandleOwner,
    lower: Lower,
    settings: TlsSettings,
    protocol: BaseProtocol,
    owner: TransportOwner | null,
    upgraded = false,
  ) {
    super(loop, secure(lower.duplex, settings), new Handshake((error) => this.#handshakeFailed(error)), owner);
    this.#settings = settings;
    this.#lower = lower;
    this.#application = protocol;
    this.#upgraded = upgraded;
    this.setWriteBufferLimits({ high: HIGH_WATER_BYTES });
  }

  /** Begins the handshake; the protocol's connectionMade, reading and `waiter` come after it. */
  override begin(waiter: Future<void> | null): void {
    const { handshakeTimeout, serverSide } = this.#settings;
    this.#waiter = waiter;
    // Node's event of a server's side is tls.Server's own and not documented, as tls.Server offers no way to give it one socket only.
    this.duplex.once(serverSide ? "secure" : "secureConnect", () => this.receive(() => this.#handshakeDone()));
    this.#deadline = this.loop.callLater(handshakeTimeout, () => this.onError(handshakeTimedOut(handshakeTimeout)));
  }

  protected override describe(name: string): unknown {
    switch (name) {
      case "sslcontext":
        return this.#settings.context;
      case "sslObject":
        return this.duplex;
      case "cipher":
        return this.duplex.getCipher();
      case "peercert":
        return this.#peerCertificate();
      case "alpnProtocol":
        return this.duplex.alpnProtocol || undefined;
      case "compression":
        return null; // OpenSSL has none any more, nor has TLS 1.3.
      default:
        return this.#lower.info(name);
    }
  }

  /** TLS ends both sides at once. */
  override writeEof(): void {
    throw new NotImplementedError("a TLS transport has no writeEof(): TLS cannot be half closed; use close()");
  }

  override canWriteEof(): boolean {
    return false;
  }

  protected override keepHalfOpen(): void {
    console.warn("uvio: returning true from eofReceived() has no effect with TLS");
    this.close();
  }

  override close(): void {
    if (this.#established) super.close();
    else this.abort();
  }

  /** During the handshake it is told at once; an end that comes with the last of the handshake must not come before connectionMade. */
  protected override holdsEnd(): boolean {
    return this.#established;
  }

  /** The peer's farewell, or the end of what is below. @internal */
  override onEof(): void {
    this.#peerEnded = true;
    if (this.#leaving) this.onDrained(0);
    else super.onEof();
  }

  /** Tells the peer that this is the end, and waits until it says the same. */
  protected override takeLeave(): boolean {
    const sentAll = super.takeLeave();
    if (this.#leaving) return sentAll && this.#peerEnded;
    this.#leaving = true;
    const { shutdownTimeout } = this.#settings;
    this.#deadline = this.loop.callLater(shutdownTimeout, () =>
      this.onError(new TimeoutError(`TLS shutdown timed out: the peer has not answered for ${shutdownTimeout} seconds`)),
    );
    return false;
  }

  protected override release(): void {
    this.#cancelDeadline();
    super.release();
  }

  #handshakeDone(): void {
    if (this.closing) return;
    const unverified = this.#verifyClient();
    if (unverified !== null) return this.onError(unverified);
    this.#cancelDeadline();
    this.#established = true;
    this.setProtocol(this.#application);
    if (this.#upgraded) this.beginReading(this.#waiter);
    else super.begin(this.#waiter);
    this.#waiter = null;
  }

  #handshakeFailed(error: Error | null): void {
    const waiter = this.#waiter;
    if (this.#upgraded) this.#application.connectionLost?.(error);
    if (waiter !== null) {
      if (!waiter.done()) waiter.setException(error ?? connectionEnded());
    } else if (this.loop.debug) {
      process.emitWarning(`TLS handshake of ${this.toString()} failed: ${String(error ?? connectionEnded())}`, { type: "uvio" });
    }
  }

  /** What tls.Server does for its sockets: the error of a client's certificate, if it is to be an error. */
  #verifyClient(): Error | null {
    const { serverSide, options } = this.#settings;
    if (!serverSide || !options.requestCert) return null;
    const socket = this.duplex as TLSSocket & { readonly ssl: { verifyError(): Error | null | undefined } };
    const error = socket.ssl.verifyError() ?? null;
    socket.authorized = error === null;
    if (error !== null) socket.authorizationError = error;
    return options.rejectUnauthorized === false ? null : error;
  }

  /** Undefined for a peer that has shown no certificate. */
  #peerCertificate(): PeerCertificate | undefined {
    const certificate = this.duplex.getPeerCertificate() as PeerCertificate | null;
    return certificate === null || Object.keys(certificate).length === 0 ? undefined : certificate;
  }

  #cancelDeadline(): void {
    this.#deadline?.cancel();
    this.#deadline = null;
  }
}

function secure(socket: Duplex, { serverSide, context, options }: TlsSettings): TLSSocket {
  const { connect, TLSSocket } = nodeTls();
  if (serverSide) return new TLSSocket(socket as Socket, { ...(options as TlsOptions), isServer: true, secureContext: context });
  return connect({ ...(options as ConnectionOptions), secureContext: context, socket });
}

function handshakeTimedOut(seconds: number): Error {
  return systemError(`TLS handshake is taking longer than ${seconds} seconds: aborting the connection`, "ECONNABORTED");
}

function connectionEnded(): Error {
  return systemError("the connection has ended during the TLS handshake", "ECONNRESET");
}

function systemError(message: string, code: string): Error {
  return Object.assign(new Error(message), { code, syscall: "read" });
}
