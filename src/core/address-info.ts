/** The flags of getaddrinfo and the protocol numbers, under the names that Python's socket module gives them. */
import { ADDRCONFIG, ALL, V4MAPPED } from "node:dns";

/** If no host is given: the wildcard address, which listens on every interface, instead of the loopback. Mirrors socket.AI_PASSIVE. */
export const AI_PASSIVE = 1;
/** The host must be an IP address; no name is looked up. Mirrors socket.AI_NUMERICHOST. */
export const AI_NUMERICHOST = 4;
/** The port must be a number. uvio's ports always are, so the flag has no effect. Mirrors socket.AI_NUMERICSERV. */
export const AI_NUMERICSERV = process.platform === "win32" ? 0x8 : process.platform === "darwin" ? 0x1000 : 0x400;
/** Returns addresses of a family only if this host has an address of that family. Mirrors socket.AI_ADDRCONFIG. */
export const AI_ADDRCONFIG: number = ADDRCONFIG;
/** With family "IPv6": returns IPv4-mapped IPv6 addresses if the host has no IPv6 address. Mirrors socket.AI_V4MAPPED. */
export const AI_V4MAPPED: number = V4MAPPED;
/** With AI_V4MAPPED: returns IPv4-mapped addresses in addition to the host's IPv6 addresses. Mirrors socket.AI_ALL. */
export const AI_ALL: number = ALL;

/** The protocol number of TCP. Mirrors socket.IPPROTO_TCP. */
export const IPPROTO_TCP = 6;
/** The protocol number of UDP. Mirrors socket.IPPROTO_UDP. */
export const IPPROTO_UDP = 17;
