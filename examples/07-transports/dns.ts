// Looking up several names at the same time, without blocking the loop.
import * as asyncio from "uvio";

await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const hosts = ["localhost", "127.0.0.1", "::1"];
  const found = await asyncio.gather(...hosts.map((host) => loop.getaddrinfo(host, 80)));
  hosts.forEach((host, i) => console.log(host, found[i]!.map(({ address, port }) => `${address} port ${port}`).join(", ")));

  console.log(await loop.getnameinfo({ address: "127.0.0.1", port: 80 }, { numericHost: true, numericService: true }));
});

// prints:
//   localhost … port 80
//   127.0.0.1 127.0.0.1 port 80
//   ::1 ::1 port 80
//   [ '127.0.0.1', '80' ]
