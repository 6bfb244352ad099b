import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { coroutine } from "../tasks/coroutine.js";
import { Future } from "../tasks/future.js";
import type { HandleOwner } from "../transports/owned-handles.js";

/** Two sockets that are connected to each other. */
export interface SocketPair {
  ours: Socket;
  /** Paused, so that it reads nothing before a child process inherits it. */
  theirs: Socket;
}

/**
 * Creates a connected pair of Unix sockets: Node does not have socketpair(2). The listening socket is in a temporary folder that only this
 * user can enter, so that no other user's process can connect to it.
 */
export const socketPair = coroutine(function* socketPair(loop: HandleOwner) {
  const folder = mkdtempSync(path.join(tmpdir(), "uvio-"));
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  const made = new Future<SocketPair>({ loop });
  let ours: Socket | null = null;
  const fail = (error: Error): void => {
    if (made.canSettle()) made.setException(error);
  };
  server.once("error", fail);
  server.once("connection", (theirs: Socket) => {
    if (!made.canSettle()) theirs.destroy();
    else made.setResult({ ours: ours!, theirs });
  });
  server.listen(path.join(folder, "pair"), () => {
    ours = connect({ path: path.join(folder, "pair"), allowHalfOpen: true });
    ours.once("error", fail);
  });
  try {
    return yield* made;
  } catch (error) {
    (ours as Socket | null)?.destroy();
    throw error;
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
