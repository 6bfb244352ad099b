import type * as contracts from "../core/contracts.js";
import { coroutine, type Coroutine } from "../tasks/coroutine.js";
import { missing } from "./transports.js";

/** The base class of Server and of servers of your own. Mirrors asyncio.AbstractServer. */
export abstract class AbstractServer {
  /** Stops listening. Mirrors server.close. */
  close(): void {
    missing(this, "close");
  }

  /** Closes every connection after what it has buffered was sent. Mirrors server.close_clients. */
  closeClients(): void {
    missing(this, "closeClients");
  }

  /** Closes every connection at once. Mirrors server.abort_clients. */
  abortClients(): void {
    missing(this, "abortClients");
  }

  /** The loop it belongs to. Mirrors server.get_loop. */
  getLoop(): contracts.EventLoop {
    return missing(this, "getLoop");
  }

  /** Whether it accepts connections. Mirrors server.is_serving. */
  isServing(): boolean {
    return missing(this, "isServing");
  }

  /** Begins to accept connections. Mirrors server.start_serving. */
  startServing(): contracts.Awaitable<void> {
    return missing(this, "startServing");
  }

  /** Accepts connections until it is cancelled. Mirrors server.serve_forever. */
  serveForever(): contracts.Awaitable<never> {
    return missing(this, "serveForever");
  }

  /** Waits until it is closed and its last connection is gone. Mirrors server.wait_closed. */
  waitClosed(): contracts.Awaitable<void> {
    return missing(this, "waitClosed");
  }

  /** Called by `asyncWith(server, ...)`: passes the server to the block. */
  aenter(): Coroutine<this> {
    return enter(this) as Coroutine<this>;
  }

  /** Called by `asyncWith(server, ...)`: closes the server and waits until the last connection is gone. */
  aexit(): Coroutine<void> {
    return closeAndWait(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeAndWait(this);
  }
}

// eslint-disable-next-line require-yield -- the coroutine does not wait
const enter = coroutine(function* enter(server: AbstractServer) {
  return server;
});

const closeAndWait = coroutine(function* closeAndWait(server: AbstractServer) {
  server.close();
  yield* server.waitClosed();
});
