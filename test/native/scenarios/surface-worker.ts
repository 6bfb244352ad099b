/** The worker of scenarios/surface.ts: calls the addon until it is terminated. */
import { parentPort, workerData } from "node:worker_threads";
import { loadBinding } from "#uvio/native-loop/boundary/addon.js";
import { ReadMode } from "#uvio/native-loop/boundary/layout.js";
import { RawLoop } from "../support/raw-loop.js";
import type { Flood } from "./surface.js";

const binding = loadBinding();
const loop = new RawLoop();
const { name } = loop.listen();
const socket = new binding.Socket();
const bytes = new Uint8Array(64);
socket.open(binding.socketConstants["AF_INET"]!, binding.socketConstants["SOCK_DGRAM"]!, 0);
socket.bind("127.0.0.1", 0);

function attempt(call: () => unknown): void {
  try {
    call();
  } catch {
    // Wanted, until the thread ends.
  }
}

const floods: Record<Flood, () => void> = {
  "loop methods": () => {
    loop.native.readStart(...name, ReadMode.LASTING);
    loop.native.write(...name, bytes, 0, 64);
    loop.native.setHandleRef(...name, true);
    loop.native.arm(1);
  },
  "socket methods": () => {
    socket.receive(bytes);
    socket.fileno();
    socket.sendTo(bytes, "127.0.0.1", 9);
  },
  "objects as results": () => {
    loop.native.localAddress(...name);
    loop.native.stats();
    binding.stats();
    binding.errorName(-98);
    socket.localAddress();
    socket.getOption(binding.socketConstants["SOL_SOCKET"]!, binding.socketConstants["SO_TYPE"]!, 4);
  },
  getters: () => {
    attempt(() =>
      loop.native.bind({
        get address(): string {
          for (let i = 0; i < 100; i++) Math.random();
          return "nonsense";
        },
        port: 0,
        ipv6Only: false,
        reusePort: false,
      }),
    );
  },
  constructors: () => {
    new binding.Socket();
    attempt(() => new binding.Loop({ completions: loop.completions, submissions: loop.submissions } as never));
    attempt(() => {
      new binding.Loop({
        get completions(): Int32Array {
          throw null;
        },
      } as never);
    });
    const { native } = new RawLoop({ arenaBytes: 64, started: false });
    native.close();
  },
  "unusable arguments": () => {
    attempt(() => loop.native.readStart(NaN, 0, 0));
    attempt(() => loop.native.write(0, 0, null as never, 0, 0));
    attempt(() => (binding.Loop as unknown as () => void)());
  },
};

const flood = floods[workerData as Flood];
parentPort!.postMessage("calling");
for (;;) flood();
