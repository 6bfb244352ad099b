/** The transport over node:tls, for both loops. */
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

/** The initial high-water mark in bytes. asyncio's FLOW_CONTROL_HIGH_WATER_SSL_WRITE. */
const HIGH_WATER_BYTES = 512 * 1024;

/** The connection below TLS. */
export interface Lower {
  /** Carries the encrypted bytes. The transport owns it from then on. */
  readonly duplex: Duplex;
  /** Returns extra information about the connection; undefined for an unknown name. */
  info(name: string): unknown;
  /** Drops what the connection has not sent yet. Absent if destroying the Duplex does that. */
  abort?(): void;
}

/** The transport's protocol during the handshake, so that none of the user's protocol's methods is called before the handshake is done. */
class Handshake implements BaseProtocol {
  readonly #failed: (error: Error | null) => void;

  constructor(failed: (error: Error | null) => void) {
    this.#failed = failed;
  }

  dataReceived(): void {
    // Never called: reading starts after the handshake.
  }

  connectionLost(error: Error | null): void {
    this.#failed(error);
  }
}

/**
 * A transport over node:tls, which runs over any Duplex: a Node socket, or another transport. Mirrors asyncio.sslproto.
 *
 * The states, besides those of StreamTransport:
 *
 * - handshake: `#established` is false. The user's protocol is not attached yet. `#handshakeDone` ends it and schedules
 *   connectionMade; an error or the handshake timeout closes the connection.
 * - established (`#established`): data is delivered and sent. It stays true.
 * - flushing (`closing`): unsent bytes are sent. `close` starts the shutdown timeout, which ends this state and the next one.
 * - shutdown (`#leaving`): all bytes are sent, and close_notify after them. Ends when the peer has ended too (`#peerEnded`). Set by
 *   `takeLeave`; it stays true.
 */
export class TlsTransport extends GracefulDuplexTransport<TLSSocket> {
  readonly #settings: TlsSettings;
  readonly #lower: Lower;
  readonly #application: BaseProtocol;
  /** True iff the protocol is connected already and startTls upgrades the connection: connectionMade is not called again. */
  readonly #upgraded: boolean;
  /** The timer of the handshake, and later that of the shutdown. */
  #deadline: TimerHandleLike | null = null;
  /** Completed when reading has started, or failed with the handshake; null once the handshake is done. */
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

  /** Starts the handshake. Once it is done, connectionMade, reading and the completion of `waiter` are scheduled. */
  override begin(waiter: Future<void> | null): void {
    const { handshakeTimeout, serverSide } = this.#settings;
    this.#waiter = waiter;
    // "secure" is not documented: tls.Server uses it internally, and Node offers no other event for a server's TLSSocket without a Server.
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
        return null; // Neither OpenSSL nor TLS 1.3 compresses any more.
      default:
        return this.#lower.info(name);
    }
  }

  /** Throws NotImplementedError, because a TLS connection cannot be half-closed. */
  override writeEof(): void {
    throw new NotImplementedError("a TLS transport does not support writeEof(): TLS cannot be half-closed; use close()");
  }

  override canWriteEof(): boolean {
    return false;
  }

  protected override keepHalfOpen(): void {
    console.warn("uvio: returning true from eofReceived() has no effect with TLS");
    this.close();
  }

  /**
   * Closes once all bytes and close_notify are sent and the peer has ended too. The shutdown timeout runs from the call, as in asyncio: a
   * peer that does not read keeps the unsent bytes no longer than one that does not answer.
   */
  override close(): void {
    if (!this.#established) return this.abort();
    if (this.closing) return;
    const { shutdownTimeout } = this.#settings;
    this.#deadline = this.loop.callLater(shutdownTimeout, () => this.onError(shutdownTimedOut(shutdownTimeout)));
    super.close();
    this.duplex.resume(); // Data that still arrives is dropped. The peer may have to send it before it reads the unsent bytes.
  }

  /**
   * During the handshake, the peer's end is handled immediately. Afterwards it waits until reading starts, because an end that arrives
   * together with the last bytes of the handshake must not come before connectionMade.
   */
  protected override holdsEnd(): boolean {
    return this.#established;
  }

  /** Called when the peer has sent close_notify, or the connection below has ended. @internal */
  override onEof(): void {
    this.#peerEnded = true;
    if (this.#leaving) this.onDrained(0);
    else super.onEof();
  }

  /** Sends close_notify and returns whether the peer has ended too. Data that arrives in the meantime is dropped. */
  protected override takeLeave(): boolean {
    this.#leaving = true;
    return super.takeLeave() && this.#peerEnded;
  }

  protected override release(): void {
    this.#cancelDeadline();
    super.release();
    // Our close_notify may be unsent below. Only an end that both sides have agreed on waits for it.
    if (!this.#leaving || !this.#peerEnded) this.#lower.abort?.();
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

  /** Verifies a client's certificate, as tls.Server does. Returns its error, or null if it is valid or `rejectUnauthorized` is false. */
  #verifyClient(): Error | null {
    const { serverSide, options } = this.#settings;
    if (!serverSide || !options.requestCert) return null;
    const socket = this.duplex as TLSSocket & { readonly ssl: { verifyError(): Error | null | undefined } };
    const error = socket.ssl.verifyError() ?? null;
    socket.authorized = error === null;
    if (error !== null) socket.authorizationError = error;
    return options.rejectUnauthorized === false ? null : error;
  }

  /** Returns the peer's certificate; undefined if the peer presented none. */
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

function shutdownTimedOut(seconds: number): Error {
  return new TimeoutError(`TLS shutdown timed out: the peer did not read everything and answer within ${seconds} seconds`);
}

function connectionEnded(): Error {
  return systemError("the connection was closed during the TLS handshake", "ECONNRESET");
}

function systemError(message: string, code: string): Error {
  return Object.assign(new Error(message), { code, syscall: "read" });
}
