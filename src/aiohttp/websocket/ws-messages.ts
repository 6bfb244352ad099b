/** The messages that `receive()` of a WebSocket returns. */

/** Types of messages. Mirrors aiohttp.WSMsgType. */
export enum WSMsgType {
  CONTINUATION = 0x0,
  TEXT = 0x1,
  BINARY = 0x2,
  PING = 0x9,
  PONG = 0xa,
  CLOSE = 0x8,
  CLOSING = 0x100,
  CLOSED = 0x101,
  ERROR = 0x102,
}

/** Close codes. Mirrors aiohttp.WSCloseCode. */
export enum WSCloseCode {
  OK = 1000,
  GOING_AWAY = 1001,
  PROTOCOL_ERROR = 1002,
  UNSUPPORTED_DATA = 1003,
  ABNORMAL_CLOSURE = 1006,
  INVALID_TEXT = 1007,
  POLICY_VIOLATION = 1008,
  MESSAGE_TOO_BIG = 1009,
  MANDATORY_EXTENSION = 1010,
  INTERNAL_ERROR = 1011,
  SERVICE_RESTART = 1012,
  TRY_AGAIN_LATER = 1013,
  BAD_GATEWAY = 1014,
}

/** A message: its type, its data, and for CLOSE the reason. Mirrors aiohttp.WSMessage. */
export type WSMessage =
  | { readonly type: WSMsgType.TEXT; readonly data: string; readonly extra: null }
  | { readonly type: WSMsgType.BINARY | WSMsgType.PING | WSMsgType.PONG; readonly data: Buffer; readonly extra: null }
  /** `data` is the close code, `extra` the reason. */
  | { readonly type: WSMsgType.CLOSE; readonly data: number; readonly extra: string }
  | { readonly type: WSMsgType.CLOSING | WSMsgType.CLOSED; readonly data: null; readonly extra: null }
  | { readonly type: WSMsgType.ERROR; readonly data: Error; readonly extra: null };

export const CLOSED_MESSAGE: WSMessage = { type: WSMsgType.CLOSED, data: null, extra: null };
export const CLOSING_MESSAGE: WSMessage = { type: WSMsgType.CLOSING, data: null, extra: null };
