// Readiness without transports, on the native loop: a coroutine waits until a socket is readable, and then reads it directly.
import * as asyncio from "uvio";

async function readWait(sock: asyncio.Socket) {
  const loop = asyncio.getRunningLoop();
  const ready = loop.createFuture<void>();
  loop.addReader(sock, () => ready.setResult());
  try {
    await ready;
  } finally {
    loop.removeReader(sock);
  }
}

await asyncio.run(async () => {
  const [left, right] = asyncio.Socket.socketpair();
  asyncio.getRunningLoop().callLater(0.001, () => left.send("ready"));
  await readWait(right);
  console.log(String(right.recv(1024)));
  left.close();
  right.close();
});

// prints (the native loop):
//   ready
