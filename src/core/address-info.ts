/** Numbers of getaddrinfo's flags and of protocols, under the system's names, as Python's socket module has them. */
import { ADDRCONFIG, ALL, V4MAPPED } from "node:dns";

/** Without a host: every interface, to listen on, instead of the loopback. Mirrors socket.AI_PASSIVE. */
export const AI_PASSIVE = 1;
/** The host is an address; no name is looked up. Mirrors socket.AI_NUMERICHOST. */
export const AI_NUMERICHOST = 4;
/** The port is a number, which here it always is. Mirrors socket.AI_NUMERICSERV. */
export const AI_NUMERICSERV = process.platform === "win32" ? 0x8 : process.platform === "darwin" ? 0x1000 : 0x400;
/** Only addresses of families that this host has an address of. Mirrors socket.AI_ADDRCONFIG. */
export const AI_ADDRCONFIG: number = ADDRCONFIG;
/** With family "IPv6": addresses of IPv4 as IPv6 writes them, where there are no others. Mirrors socket.AI_V4MAPPED. */
export const AI_V4MAPPED: number = V4MAPPED;
/** With AI_V4MAPPED: such addresses beside the others too. Mirrors socket.AI_ALL. */
export const AI_ALL: number = ALL;

/** Mirrors socket.IPPROTO_TCP. */
export const IPPROTO_TCP = 6;
/** Mirrors socket.IPPROTO_UDP. */
export const IPPROTO_UDP = 17;
