/** The public name `Server`: a type that every loop knows, and a value for `instanceof`. */
import type * as contracts from "../core/contracts.js";
import { Server as NetworkServer } from "../net/server.js";

/** A set of listening sockets and the connections that they have accepted; `createServer` creates it. Mirrors asyncio.Server. */
export type Server<A = contracts.Address> = contracts.Server<A>;

/** For `instanceof` only: loops create servers. The type of the same name is the interface, without the fields of the class. */
export const Server: abstract new <A = contracts.Address>(...args: never) => Server<A> = NetworkServer;
