import type * as contracts from "../core/contracts.js";
import { Server as NetworkServer } from "../net/server.js";

/** What `createServer` and its like give: its listening sockets and the connections they have accepted. Mirrors asyncio.Server. */
export type Server<A = contracts.Address> = contracts.Server<A>;

/** For `instanceof`: a loop makes them. The type of the same name is what every loop knows of a server, whatever its fields. */
export const Server: abstract new <A = contracts.Address>(...args: never) => Server<A> = NetworkServer;
