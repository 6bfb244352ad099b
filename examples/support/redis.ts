// A Redis client on streams: the protocol (RESP, version 2), pipelining and subscriptions.
import * as asyncio from "uvio";

/** The path of a Unix socket, or a TCP address. */
export type RedisAddress = string | { host: string; port: number };

/** A reply. Bytes are Buffers; inside an array, errors are values. */
export type Reply = string | number | Buffer | null | RedisError | Reply[];

/** Redis rejected a command: "WRONGTYPE Operation against a key ...". The connection stays usable. */
export class RedisError extends Error {
  override name = "RedisError";
}

/** The connection was closed, and all commands on it fail with this error; see `cause`. */
export class RedisConnectionError extends Error {
  override name = "RedisConnectionError";
}

type Argument = string | number | Uint8Array;

/** Encodes a command: an array of byte strings, each preceded by its length. */
function encode(command: readonly Argument[]): (string | Uint8Array)[] {
  const parts: (string | Uint8Array)[] = [`*${command.length}\r\n`];
  for (const argument of command) {
    const bytes = typeof argument === "number" ? String(argument) : argument;
    parts.push(`$${Buffer.byteLength(bytes)}\r\n`, bytes, "\r\n");
  }
  return parts;
}

/**
 * Reads one reply, whose type is its first byte. It is a generator coroutine because it runs once per reply and calls itself for nested
 * ones. Buffered replies are then parsed without a promise or a turn of the loop.
 */
const readReply: (reader: asyncio.StreamReader) => asyncio.Coroutine<Reply> = asyncio.coroutine(function* readReply(
  reader: asyncio.StreamReader,
): asyncio.CoroutineGenerator<Reply> {
  const line = String(yield* reader.readuntil("\r\n"));
  const rest = line.slice(1, -2);
  switch (line[0]) {
    case "+":
      return rest;
    case "-":
      return new RedisError(rest);
    case ":":
      return parseInteger(rest);
    case "$": {
      const length = parseInteger(rest);
      return length < 0 ? null : (yield* reader.readexactly(length + 2)).subarray(0, -2);
    }
    case "*": {
      const length = parseInteger(rest);
      if (length < 0) return null;
      const items: Reply[] = [];
      while (items.length < length) items.push(yield* readReply(reader));
      return items;
    }
    default:
      throw new Error(`unexpected reply of Redis: ${JSON.stringify(line)}`);
  }
});

function parseInteger(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new Error(`expected a number from Redis, got ${JSON.stringify(text)}`);
}

async function open(address: RedisAddress) {
  return typeof address === "string" ? await asyncio.openUnixConnection(address) : await asyncio.openConnection(address.host, address.port);
}

/**
 * A connection to Redis. Several tasks can use it at the same time: commands are sent immediately, and replies arrive in the same order.
 */
export class Redis {
  readonly #reader: asyncio.StreamReader;
  readonly #writer: asyncio.StreamWriter;
  readonly #receiving: asyncio.Task<void>;
  /** The waiters for replies, in the order of the commands. */
  readonly #waiting: asyncio.Future<Reply>[] = [];
  #lost: RedisConnectionError | null = null;

  constructor(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
    this.#reader = reader;
    this.#writer = writer;
    this.#receiving = asyncio.createTask(() => this.#receive());
  }

  static async connect(address: RedisAddress): Promise<Redis> {
    return new Redis(...(await open(address)));
  }

  /**
   * Sends a command and waits for its reply. Rejects with RedisError if Redis rejects the command. Cancelling ends only the wait: the
   * command has been sent, and its reply is read and dropped. There is no drain(), because each caller waits for its reply before it sends
   * more.
   */
  async call(...command: Argument[]): Promise<Reply> {
    if (this.#lost !== null) throw this.#lost;
    this.#writer.writelines(encode(command));
    const reply = asyncio.getRunningLoop().createFuture<Reply>();
    this.#waiting.push(reply);
    return await reply;
  }

  /** Closes the connection. Pending calls fail with RedisConnectionError. */
  async close(): Promise<void> {
    if (this.#lost !== null) return;
    this.#receiving.cancel();
    await asyncio.wait([this.#receiving]);
    await this.#writer.waitClosed();
  }

  async #receive(): Promise<void> {
    let why: unknown = null;
    try {
      for (;;) {
        const reply = await readReply(this.#reader);
        const waiting = this.#waiting.shift();
        if (waiting === undefined) throw new Error("Redis sent a reply without a command");
        if (waiting.cancelled()) continue;
        if (reply instanceof RedisError) waiting.setException(reply);
        else waiting.setResult(reply);
      }
    } catch (error) {
      why = error;
      if (asyncio.isCancelled(error)) throw error;
    } finally {
      this.#lost = new RedisConnectionError("the connection to Redis is closed", { cause: why });
      this.#writer.close();
      for (const waiting of this.#waiting.splice(0)) if (!waiting.done()) waiting.setException(this.#lost);
    }
  }
}

export interface Message {
  channel: string;
  payload: Buffer;
}

/** Messages of some channels. It uses a separate connection, because Redis sends messages on it at any time. */
export class Subscription {
  readonly #reader: asyncio.StreamReader;
  readonly #writer: asyncio.StreamWriter;

  private constructor(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
    this.#reader = reader;
    this.#writer = writer;
  }

  /** Resolves when Redis has confirmed the subscription: messages that are published from then on are received. */
  static async open(address: RedisAddress, ...channels: string[]): Promise<Subscription> {
    const [reader, writer] = await open(address);
    writer.writelines(encode(["SUBSCRIBE", ...channels]));
    for (const _ of channels) await readReply(reader);
    return new Subscription(reader, writer);
  }

  /** Iterates over the messages until `break`, which ends the subscription. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    try {
      for (;;) {
        const [, channel, payload] = (await readReply(this.#reader)) as [Buffer, Buffer, Buffer];
        yield { channel: String(channel), payload };
      }
    } finally {
      this.#writer.close();
      await this.#writer.waitClosed();
    }
  }
}
