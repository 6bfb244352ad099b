/** The entry point `uvio/aiohttp`: aiohttp's client, on top of undici and ws. */
export { BasicAuth } from "./aiohttp/http/basic-auth.js";
export { type Data } from "./aiohttp/http/body.js";
export { ClientTimeout, type ClientTimeoutOptions } from "./aiohttp/client/client-timeout.js";
export {
  BaseConnector,
  TCPConnector,
  UnixConnector,
  type ConnectorOptions,
  type TCPConnectorOptions,
} from "./aiohttp/connection/connector.js";
export { ResponseContent } from "./aiohttp/http/content.js";
export {
  CookieJar,
  DummyCookieJar,
  type AbstractCookieJar,
  type CookieJarOptions,
  type CookiesLike,
  type Morsel,
} from "./aiohttp/http/cookies.js";
export {
  ClientConnectionError,
  ClientConnectionResetError,
  ClientConnectorCertificateError,
  ClientConnectorDNSError,
  ClientConnectorError,
  ClientConnectorSSLError,
  ClientError,
  ClientHttpProxyError,
  ClientOSError,
  ClientPayloadError,
  ClientProxyConnectionError,
  ClientResponseError,
  ClientSSLError,
  ConnectionTimeoutError,
  ContentTypeError,
  InvalidURL,
  InvalidUrlClientError,
  InvalidUrlRedirectClientError,
  NonHttpUrlClientError,
  NonHttpUrlRedirectClientError,
  RedirectClientError,
  ServerConnectionError,
  ServerDisconnectedError,
  ServerFingerprintMismatch,
  ServerTimeoutError,
  SocketTimeoutError,
  TooManyRedirects,
  UnixClientConnectorError,
  WSMessageTypeError,
  WSServerHandshakeError,
  type RequestInfo,
} from "./aiohttp/http/errors.js";
export { Fingerprint } from "./aiohttp/connection/fingerprint.js";
export { FormData, type ByteSource, type FieldOptions, type FieldValue, type FormLike } from "./aiohttp/http/form-data.js";
export { CIMultiDict, type CIMultiDictProxy, type HeadersLike } from "./aiohttp/http/multidict.js";
export { RequestContextManager, type RaiseForStatus, type RequestOptions } from "./aiohttp/client/request.js";
export { ClientResponse, type JsonOptions } from "./aiohttp/client/response.js";
export { type Ssl } from "./aiohttp/connection/route.js";
export { ClientSession, type ClientSessionOptions } from "./aiohttp/client/client-session.js";
export { type QueryLike } from "./aiohttp/http/urls.js";
export { ClientWebSocketResponse } from "./aiohttp/websocket/client-websocket-response.js";
export { WSRequestContextManager, type WsConnectOptions } from "./aiohttp/client/ws-connect.js";
export { WSCloseCode, WSMsgType, type WSMessage } from "./aiohttp/websocket/ws-messages.js";
