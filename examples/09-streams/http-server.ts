// A small web server without a framework: a request line, a table of routes, 404 for the rest, and Content-Length.
import * as asyncio from "uvio";

const routes = new Map<string, () => string>([
  ["/", () => "<h1>home</h1>"],
  ["/about", () => "<h1>about</h1>"],
]);

async function handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
  const head = String(await reader.readuntil("\r\n\r\n"));
  const [method, path] = head.split(" ", 2);
  const route = method === "GET" ? routes.get(path!) : undefined;
  const body = route?.() ?? "<h1>not found</h1>";
  writer.write(
    `HTTP/1.1 ${route === undefined ? "404 Not Found" : "200 OK"}\r\n` +
      `Content-Type: text/html\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  await writer.drain();
  writer.close();
}

await asyncio.run(async () => {
  const server = await asyncio.startServer(handle, "127.0.0.1", 0);
  const { port } = server.sockets[0]!.getsockname();
  for (const path of ["/", "/about", "/nowhere"]) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`); // Node's client, in the same thread.
    console.log(response.status, await response.text());
  }
  server.close();
});

// prints:
//   200 <h1>home</h1>
//   200 <h1>about</h1>
//   404 <h1>not found</h1>
