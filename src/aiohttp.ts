/** The entry point `uvio/aiohttp`: aiohttp's client, over undici and ws. */
export { BasicAuth } from "./aiohttp/basic-auth.js";
export { type Data } from "./aiohttp/body.js";
export { ClientTimeout, type ClientTimeoutOptions } from "./aiohttp/client-timeout.js";
export { BaseConnector, TCPConnector, UnixConnector, type ConnectorOptions, type TCPConnectorOptions } from "./aiohttp/connector.js";
export { ResponseContent } from "./aiohttp/content.js";
export { CookieJar, DummyCookieJar, type AbstractCookieJar, type CookiesLike, type Morsel } from "./aiohttp/cookies.js";
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
} from "./aiohttp/errors.js";
export { Fingerprint } from "./aiohttp/fingerprint.js";
export { FormData, type ByteSource, type FieldOptions, type FieldValue, type FormLike } from "./aiohttp/form-data.js";
export { CIMultiDict, type CIMultiDictProxy, type HeadersLike } from "./aiohttp/multidict.js";
export { RequestContextManager, type RaiseForStatus, type RequestOptions } from "./aiohttp/request.js";
export { ClientResponse, type JsonOptions } from "./aiohttp/response.js";
export { type Ssl } from "./aiohttp/route.js";
export { ClientSession, type ClientSessionOptions } from "./aiohttp/session.js";
export { type QueryLike } from "./aiohttp/urls.js";
export { ClientWebSocketResponse } from "./aiohttp/websocket.js";
export { WSRequestContextManager, type WsConnectOptions } from "./aiohttp/ws-connect.js";
export { WSCloseCode, WSMsgType, type WSMessage } from "./aiohttp/ws-messages.js";
