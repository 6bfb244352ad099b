/** The client's side of a WebSocket, on top of ws. */
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import type { EventLoop } from "../../core/contracts.js";
import { RuntimeError, ValueError } from "../../core/errors.js";
import type { TimerHandle } from "../../core/handles.js";
import { coroutine, type Coroutine, type CoroutineGenerator } from "../../tasks/coroutine.js";
import { Future } from "../../tasks/future.js";
import { SyncAwaitable } from "../../tasks/fast-path.js";
import { lazy, asyncWith, type Outcome } from "../../syntax/async-with.js";
import { timeout as timeoutBlock } from "../../combinators/timeout.js";
import { bytesOf, isBytes, viewOf } from "../../util/bytes.js";
import { Deque } from "../../util/deque.js";
import { describe } from "../../util/format.js";
import { ClientConnectionResetError, ServerTimeoutError, WSMessageTypeError } from "../http/errors.js";
import { CLOSED_MESSAGE, CLOSING_MESSAGE, WSCloseCode, WSMsgType, type WSMessage } from "./ws-messages.js";

/** In bytes. If more is unsent, `send` methods wait; if more is unread, reading from the connection pauses. */
const HIGH_WATER = 65_536;

/** In seconds: a timer this far away fires after the next poll. */
const POLL = 0.001;

export interface WebSocketBehaviour {
  /** Seconds that `receive()` waits; null for no limit. */
  readonly receiveTimeout: number | null;
  /** Seconds that `close()` waits for the server's answer. */
  readonly closeTimeout: number;
  /** Seconds of silence before a ping. If nothing arrives within half of that after the ping, the connection is lost. */
  readonly heartbeat: number | null;
  /** Whether pings are answered automatically and not delivered as messages. */
  readonly autoping: boolean;
}

/**
 * An open WebSocket. Iterating over it yields messages until the server closes. Mirrors aiohttp.ClientWebSocketResponse.
 *
 * The `send` methods wait only while the connection is slower than the sender. A slow receiver pauses the connection.
 */
export class ClientWebSocketResponse {
  /** The subprotocol that the server chose; null if it chose none. */
  readonly protocol: string | null;
  readonly [lazy] = true;
  readonly #socket: WebSocket;
  readonly #loop: EventLoop;
  readonly #behaviour: WebSocketBehaviour;
  readonly #messages = new Deque<WSMessage>();
  #unread = 0;
  #paused = false;
  #waiter: Future<void> | null = null;
  #closeCode: number | null = null;
  #exception: Error | null = null;
  /** Completes when the connection is closed. */
  readonly #gone: Future<void>;
  #closing = false;
  #closed = false;
  #heartbeat: TimerHandle | null = null;
  /** The time of the loop's clock at which bytes of the server arrived last. */
  #heard = 0;

  /** @internal */
  constructor(socket: WebSocket, connection: Socket, loop: EventLoop, behaviour: WebSocketBehaviour) {
    this.#socket = socket;
    this.#loop = loop;
    this.#behaviour = behaviour;
    this.#gone = new Future<void>({ loop });
    this.protocol = socket.protocol === "" ? null : socket.protocol;
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      this.#push(
        isBinary ? { type: WSMsgType.BINARY, data, extra: null } : { type: WSMsgType.TEXT, data: data.toString(), extra: null },
        data.length,
      );
    });
    socket.on("ping", (data: Buffer) => this.#control(WSMsgType.PING, data));
    socket.on("pong", (data: Buffer) => this.#control(WSMsgType.PONG, data));
    socket.on("error", (error) => {
      this.#exception ??= error;
      this.#push({ type: WSMsgType.ERROR, data: error, extra: null }, 0);
    });
    socket.on("close", (code, reason) => this.#onClose(code, reason.toString()));
    const { heartbeat } = behaviour;
    if (heartbeat === null) return;
    this.#heard = loop.time();
    connection.on("data", () => (this.#heard = loop.time()));
    this.#watch(heartbeat);
  }

  /** Whether the connection is closed, by `close()` or by the server. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The close code; 1006 if the connection was lost, null while it is open. */
  get closeCode(): number | null {
    return this.#closeCode;
  }

  /** The error that broke the connection; null if there was none. */
  exception(): Error | null {
    return this.#exception;
  }

  /** Sends a text message. Rejects with ClientConnectionResetError if the WebSocket is closing. */
  sendStr(data: string): Coroutine<void> {
    if (typeof data !== "string") throw new TypeError(`data must be a string, got ${describe(data)}; sendBytes() sends bytes`);
    return sendOver(this, data);
  }

  /** Sends a binary message. Rejects with ClientConnectionResetError if the WebSocket is closing. */
  sendBytes(data: Uint8Array): Coroutine<void> {
    if (!isBytes(data)) throw new TypeError(`data must be a Uint8Array, got ${describe(data)}; sendStr() sends texts`);
    return sendOver(this, viewOf(data));
  }

  /** Sends a value as JSON, in a text message. */
  sendJson(value: unknown, options: { dumps?: (value: unknown) => string } = {}): Coroutine<void> {
    return this.sendStr((options.dumps ?? JSON.stringify)(value));
  }

  /** Sends a ping. */
  ping(message: Uint8Array | string = ""): SyncAwaitable<void> {
    const bytes = viewOf(bytesOf(message, "message"));
    return new SyncAwaitable(() => {
      this.#checkOpen();
      this.#socket.ping(bytes);
    });
  }

  /** Sends an unsolicited pong. */
  pong(message: Uint8Array | string = ""): SyncAwaitable<void> {
    const bytes = viewOf(bytesOf(message, "message"));
    return new SyncAwaitable(() => {
      this.#checkOpen();
      this.#socket.pong(bytes);
    });
  }

  /**
   * Waits for the next message. Returns CLOSE when the server closes, and CLOSED after that and after `close()`. `timeout`: seconds,
   * default the option `wsReceive`; rejects with TimeoutError when it expires. Rejects with RuntimeError if another task is already
   * receiving.
   */
  receive(timeout: number | null = this.#behaviour.receiveTimeout): Coroutine<WSMessage> {
    return receiveFrom(this, timeout);
  }

  /** Waits for the next message and returns its text. Rejects with WSMessageTypeError if it is not a text message. */
  receiveStr(timeout: number | null = this.#behaviour.receiveTimeout): Coroutine<string> {
    return receiveText(this, timeout);
  }

  /** Waits for the next message and returns its bytes. Rejects with WSMessageTypeError if it is not a binary message. */
  receiveBytes(timeout: number | null = this.#behaviour.receiveTimeout): Coroutine<Buffer> {
    return receiveBinary(this, timeout);
  }

  /** Waits for the next message and returns its parsed text. Rejects with WSMessageTypeError, or with ValueError if it is not JSON. */
  receiveJson<T = unknown>(options: { timeout?: number | null; loads?: (text: string) => unknown } = {}): Coroutine<T> {
    const { timeout = this.#behaviour.receiveTimeout, loads = JSON.parse as (text: string) => unknown } = options;
    return receiveJsonFrom(this, timeout, loads) as Coroutine<T>;
  }

  /**
   * Sends CLOSE and waits for the server's answer, at most `wsClose` seconds. Unread messages are dropped. Returns false if the WebSocket was
   * already closed.
   */
  close(options: { code?: number; message?: string } = {}): Coroutine<boolean> {
    const { code = WSCloseCode.OK, message = "" } = options;
    return closeSocket(this, code, message);
  }

  /** Yields messages until the connection is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<WSMessage, void, undefined> {
    for (;;) {
      const message = await this.receive();
      if (isEnd(message)) return;
      yield message;
    }
  }

  aenter(): SyncAwaitable<this> {
    return new SyncAwaitable(() => this);
  }

  aexit(_outcome: Outcome): Coroutine<void> {
    return leave(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  toString(): string {
    return `<ClientWebSocketResponse${this.#closed ? ` closed code=${this.#closeCode}` : ""}>`;
  }

  // -------------------------------------------------------------------------------------------------- for this file

  /** @internal */
  *send(data: string | Uint8Array): CoroutineGenerator<void> {
    this.#checkOpen();
    const socket = this.#socket;
    const sent = new Future<void>({ loop: this.#loop });
    const full = socket.bufferedAmount > HIGH_WATER;
    socket.send(data, (error) => {
      if (!sent.canSettle() || !full) return;
      if (error === undefined || error === null) sent.setResult(undefined);
      else sent.failWith(new ClientConnectionResetError("Cannot write to closing transport", { cause: error }));
    });
    if (full) yield* sent;
  }

  /** @internal */
  *next(timeout: number | null): CoroutineGenerator<WSMessage> {
    if (this.#waiter !== null) throw new RuntimeError("Concurrent call to receive() is not allowed");
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) return this.#taken(message);
      if (this.#closed) return CLOSED_MESSAGE;
      if (this.#closing) return CLOSING_MESSAGE;
      const waiter = (this.#waiter = new Future<void>({ loop: this.#loop }));
      try {
        yield* timeout === null ? waiter : asyncWith(timeoutBlock(timeout), () => waiter);
      } finally {
        this.#waiter = null;
      }
    }
  }

  /** @internal */
  *shut(code: number, message: string): CoroutineGenerator<boolean> {
    this.#drop();
    if (this.#closing || this.#closed) {
      yield* this.#untilGone();
      return false;
    }
    this.#closing = true;
    this.#wake();
    this.#resumeReading(); // Otherwise the server's answer would wait behind unread messages.
    this.#socket.close(code, message);
    yield* this.#untilGone();
    return true;
  }

  *#untilGone(): CoroutineGenerator<void> {
    const timer = this.#loop.callLater(this.#behaviour.closeTimeout, () => this.#socket.terminate());
    try {
      yield* this.#gone;
    } catch (error) {
      this.#socket.terminate();
      throw error;
    } finally {
      timer.cancel();
    }
  }

  // ---------------------------------------------------------------------------------------------------------- inside

  #checkOpen(): void {
    if (this.#closing || this.#closed || this.#socket.readyState !== WebSocket.OPEN)
      throw new ClientConnectionResetError("Cannot write to closing transport");
  }

  #control(type: WSMsgType.PING | WSMsgType.PONG, data: Buffer): void {
    if (!this.#behaviour.autoping) this.#push({ type, data, extra: null }, data.length);
  }

  #push(message: WSMessage, size: number): void {
    if (this.#closing) return;
    this.#messages.push(message);
    this.#unread += size;
    if (this.#unread > HIGH_WATER && !this.#paused && this.#socket.readyState === WebSocket.OPEN) {
      this.#paused = true;
      this.#socket.pause();
    }
    this.#wake();
  }

  #taken(message: WSMessage): WSMessage {
    if (typeof message.data === "string") this.#unread -= Buffer.byteLength(message.data);
    else if (Buffer.isBuffer(message.data)) this.#unread -= message.data.length;
    if (this.#unread <= HIGH_WATER / 2) this.#resumeReading();
    return message;
  }

  #resumeReading(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#heard = this.#loop.time();
    this.#socket.resume();
  }

  /** Drops the unread messages: after `close()`, `receive()` returns CLOSED for ever. */
  #drop(): void {
    this.#messages.clear();
    this.#unread = 0;
  }

  #wake(): void {
    if (this.#waiter?.canSettle() === true) this.#waiter.setResult(undefined);
  }

  #onClose(code: number, reason: string): void {
    this.#heartbeat?.cancel();
    this.#heartbeat = null;
    this.#closeCode ??= code;
    // A lost connection has the code 1006, and no CLOSE message was received.
    if (code !== WSCloseCode.ABNORMAL_CLOSURE) this.#push({ type: WSMsgType.CLOSE, data: code, extra: reason }, 0);
    this.#closed = true;
    this.#wake();
    if (this.#gone.canSettle()) this.#gone.setResult(undefined);
  }

  /**
   * Sends a ping after `seconds` of silence. The connection is lost if the server then sends nothing for half of that. Every byte is a sign
   * of life, so a message that takes long to arrive is one. While a slow reader has paused the connection, the silence is not the server's.
   */
  #watch(seconds: number): void {
    const later = (delay: number, callback: () => void): void => {
      this.#heartbeat = this.#loop.callLater(delay, callback) as TimerHandle;
    };
    const isSilent = (since: number): boolean => !this.#paused && this.#heard <= since;
    later(this.#heard + seconds - this.#loop.time(), () => {
      if (this.#socket.readyState !== WebSocket.OPEN) return;
      const now = this.#loop.time();
      if (this.#paused) this.#heard = now;
      if (this.#heard + seconds > now) return this.#watch(seconds);
      this.#socket.ping();
      later(seconds / 2, () => {
        // A callback that took long can have kept the loop from reading the answer: it polls once more.
        later(POLL, () => {
          if (isSilent(now)) return this.#lost(seconds / 2);
          if (this.#paused) this.#heard = this.#loop.time();
          this.#watch(seconds);
        });
      });
    });
  }

  #lost(seconds: number): void {
    const error = new ServerTimeoutError(`No PONG received after ${seconds} seconds`);
    this.#exception ??= error;
    this.#closeCode = WSCloseCode.ABNORMAL_CLOSURE;
    this.#push({ type: WSMsgType.ERROR, data: error, extra: null }, 0);
    this.#socket.terminate();
  }
}

const sendOver = coroutine(function* send(ws: ClientWebSocketResponse, data: string | Uint8Array) {
  yield* ws.send(data);
});

const receiveFrom = coroutine(function* receive(ws: ClientWebSocketResponse, timeout: number | null) {
  return yield* ws.next(timeout);
});

const receiveText = coroutine(function* receiveStr(ws: ClientWebSocketResponse, timeout: number | null) {
  const message = yield* ws.next(timeout);
  if (message.type === WSMsgType.TEXT) return message.data;
  throw new WSMessageTypeError(`Received message ${WSMsgType[message.type]} is not WSMsgType.TEXT`);
});

const receiveBinary = coroutine(function* receiveBytes(ws: ClientWebSocketResponse, timeout: number | null) {
  const message = yield* ws.next(timeout);
  if (message.type === WSMsgType.BINARY) return message.data;
  throw new WSMessageTypeError(`Received message ${WSMsgType[message.type]} is not WSMsgType.BINARY`);
});

const receiveJsonFrom = coroutine(function* receiveJson(
  ws: ClientWebSocketResponse,
  timeout: number | null,
  loads: (text: string) => unknown,
) {
  const text = yield* ws.receiveStr(timeout);
  try {
    return loads(text);
  } catch (error) {
    throw new ValueError(`the message is not JSON: ${error instanceof Error ? error.message : describe(error)}`, { cause: error });
  }
});

const closeSocket = coroutine(function* close(ws: ClientWebSocketResponse, code: number, message: string) {
  return yield* ws.shut(code, message);
});

/** Closes the WebSocket without returning the result of `close()`: a truthy result would suppress the error of the block. */
const leave = coroutine(function* aexit(ws: ClientWebSocketResponse) {
  yield* ws.close();
});

function isEnd({ type }: WSMessage): boolean {
  return type === WSMsgType.CLOSE || type === WSMsgType.CLOSING || type === WSMsgType.CLOSED;
}
