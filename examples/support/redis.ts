// A client of Redis: its protocol (RESP, version 2), pipelining and subscriptions, on nothing but streams.
import * as asyncio from "uvio";

/** A Unix socket's path, or where TCP leads. */
export type RedisAddress = string | { host: string; port: number };

/** What Redis answers. Bytes are Buffers; within an array errors are values. */
export type Reply = string | number | Buffer | null | RedisError | Reply[];

/** A command that Redis refuses: "WRONGTYPE Operation against a key ...". The connection goes on. */
export class RedisError extends Error {
  override name = "RedisError";
}

/** The connection is gone, and every command on it fails with this; `cause` says why. */
export class RedisConnectionError extends Error {
  override name = "RedisConnectionError";
}

type Argument = string | number | Uint8Array;

/** A command is an array of byte strings, each behind its length. */
function encode(command: readonly Argument[]): (string | Uint8Array)[] {
  const parts: (string | Uint8Array)[] = [`*${command.length}\r\n`];
  for (const argument of command) {
    const bytes = typeof argument === "number" ? String(argument) : argument;
    parts.push(`$${Buffer.byteLength(bytes)}\r\n`, bytes, "\r\n");
  }
  return parts;
}

/**
 * Reads one reply; its first byte says what it is. A generator coroutine, as it runs once per reply and calls itself for those inside: what has
 * arrived is parsed without a promise or a turn of the loop.
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
      throw new Error(`this is not how Redis answers: ${JSON.stringify(line)}`);
  }
});

function parseInteger(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new Error(`Redis should have sent a number, not ${JSON.stringify(text)}`);
}

async function open(address: RedisAddress) {
  return typeof address === "string" ? await asyncio.openUnixConnection(address) : await asyncio.openConnection(address.host, address.port);
}

/** A connection. Any number of tasks may call at once: commands are sent as they come, and answered in that order. */
export class Redis {
  readonly #reader: asyncio.StreamReader;
  readonly #writer: asyncio.StreamWriter;
  readonly #receiving: asyncio.Task<void>;
  /** Who waits for the replies to come, in their order. */
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
   * Sends a command and waits for its reply; RedisError if Redis refuses it. Cancelling ends the waiting, the command has been sent: its reply is
   * read, and dropped. There is no drain() here: whoever calls waits for the reply, and so sends no more meanwhile.
   */
  async call(...command: Argument[]): Promise<Reply> {
    if (this.#lost !== null) throw this.#lost;
    this.#writer.writelines(encode(command));
    const reply = asyncio.getRunningLoop().createFuture<Reply>();
    this.#waiting.push(reply);
    return await reply;
  }

  /** Whoever still waits for a reply gets RedisConnectionError. */
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
        if (waiting === undefined) throw new Error("Redis has answered what nobody asked");
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

/** Messages of some channels: a connection that Redis talks on by itself, and so one of its own. */
export class Subscription {
  readonly #reader: asyncio.StreamReader;
  readonly #writer: asyncio.StreamWriter;

  private constructor(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
    this.#reader = reader;
    this.#writer = writer;
  }

  /** Done when Redis has confirmed: what is published from now on is received. */
  static async open(address: RedisAddress, ...channels: string[]): Promise<Subscription> {
    const [reader, writer] = await open(address);
    writer.writelines(encode(["SUBSCRIBE", ...channels]));
    for (const _ of channels) await readReply(reader);
    return new Subscription(reader, writer);
  }

  /** The messages, until `break`, which ends the subscription. */
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
