/** Responses with a status of 1xx, which come before the response to a request. */
import { isAscii } from "node:buffer";
import type { Socket } from "node:net";
import { bytesText } from "../http/header-text.js";

/** The beginning of such a response. The minor version can be any digit. */
const START = "HTTP/1.1 1";
const MINOR_VERSION = 7;
const PROTOCOL = START.slice(0, MINOR_VERSION);
/** The length of "HTTP/1.1 100". */
const STATUS_END = 12;
/** In bytes. undici refuses larger heads. */
const MAX_HEAD = 65_536;
const END = "\r\n\r\n";

/**
 * Drops responses with a status of 1xx before undici reads the socket: it fails a request for a 100 Continue that it has not asked for,
 * though RFC 9110 allows servers to send one at any time. 101 stays, as it is an answer. Until the first byte of another response it takes
 * part in every read; `stop()` ends that.
 *
 * It also keeps a reason phrase that is not valid UTF-8, because undici replaces the bytes of such a phrase.
 */
export class InterimResponses {
  readonly #socket: Socket;
  readonly #onBytes: () => void;
  /** The beginning of a response that may have a status of 1xx. */
  #held: Buffer = Buffer.alloc(0);
  #reason: string | null = null;

  /** `onBytes` is called when something has arrived. */
  constructor(socket: Socket, onBytes: () => void) {
    this.#socket = socket;
    this.#onBytes = onBytes;
    socket.prependListener("readable", this.#onReadable); // Before undici's listener.
  }

  /** The reason phrase of the response, if it has bytes beyond ASCII; else null. */
  get reason(): string | null {
    return this.#reason;
  }

  stop(): void {
    this.#socket.off("readable", this.#onReadable);
  }

  readonly #onReadable = (): void => {
    const chunk = this.#socket.read() as Buffer | null;
    if (chunk === null) return;
    this.#onBytes();
    let head = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (;;) {
      const kind = kindOf(head);
      // undici keeps the last part only of a status line that arrives in parts.
      const isWhole = kind === "other" && (head.includes("\n") || !head.toString("latin1", 0, PROTOCOL.length).startsWith(PROTOCOL));
      const end = kind === "interim" ? head.indexOf(END) : -1;
      if (isWhole || (end < 0 && head.length > MAX_HEAD)) break;
      if (end < 0) {
        this.#held = head;
        return;
      }
      head = head.subarray(end + END.length);
    }
    this.stop();
    this.#reason = reasonOf(head);
    this.#socket.unshift(head);
  };
}

function kindOf(head: Buffer): "interim" | "unknown" | "other" {
  const length = Math.min(head.length, START.length);
  for (let at = 0; at < length; at++) if (head[at] !== START.charCodeAt(at) && at !== MINOR_VERSION) return "other";
  if (head.length < STATUS_END) return "unknown";
  const status = head.toString("latin1", START.length - 1, STATUS_END);
  return /^1\d\d$/.test(status) && status !== "101" ? "interim" : "other";
}

function reasonOf(head: Buffer): string | null {
  const line = head.subarray(0, Math.max(0, head.indexOf("\r\n")));
  return isAscii(line) ? null : bytesText(line.subarray(STATUS_END + 1));
}
