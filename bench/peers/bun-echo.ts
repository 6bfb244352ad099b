// An echo server on Bun's TCP API. bun runs it from the source; Node never does.

interface BunSocket {
  data: { unsent: Uint8Array[] };
  /** Returns the number of bytes that the kernel accepted. The caller keeps the rest. */
  write(data: Uint8Array): number;
  end(): void;
}

interface BunSocketHandlers {
  open(socket: BunSocket): void;
  data(socket: BunSocket, data: Uint8Array): void;
  drain(socket: BunSocket): void;
  error(socket: BunSocket, error: Error): void;
}

declare const Bun: {
  listen(options: { hostname: string; port: number; socket: BunSocketHandlers }): { port: number };
};

const server = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    open(socket) {
      socket.data = { unsent: [] };
    },
    data(socket, data) {
      const { unsent } = socket.data;
      const written = unsent.length === 0 ? socket.write(data) : 0;
      if (written < data.length) unsent.push(data.slice(Math.max(written, 0)));
    },
    drain(socket) {
      const { unsent } = socket.data;
      while (unsent.length > 0) {
        const first = unsent[0]!;
        const written = Math.max(socket.write(first), 0);
        if (written < first.length) {
          unsent[0] = first.subarray(written);
          return;
        }
        unsent.shift();
      }
    },
    error(socket) {
      socket.end();
    },
  },
});

console.log(`PORT ${server.port}`);

export {};
