// Gathering results over TLS: each coroutine reads the lines of a response until its end. In both spellings.
import * as asyncio from "uvio";
import { ca, server as certificate } from "../support/certificate.ts";

/** Answers a number with as many lines. */
async function count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
  const lines = Number(await reader.readline());
  for (let n = 1; n <= lines; n++) await writer.send(`line ${n}\n`);
  writer.close();
}

async function ask(port: number, lines: number) {
  const [reader, writer] = await asyncio.openConnection("localhost", port, { ssl: { ca } });
  writer.write(`${lines}\n`);
  const answer = await asyncio.toList(reader, { map: (line) => String(line).trim() });
  writer.close();
  await writer.waitClosed();
  return answer;
}

const askToo = asyncio.coroutine(function* (port: number, lines: number) {
  const [reader, writer] = yield* asyncio.openConnection("localhost", port, { ssl: { ca } });
  writer.write(`${lines}\n`);
  const answer: string[] = [];
  for (;;) {
    const line = yield* reader.readline();
    if (line.length === 0) break;
    answer.push(String(line).trim());
  }
  writer.close();
  yield* writer.waitClosed();
  return answer;
});

await asyncio.run(async () => {
  const server = await asyncio.startServer(count, "localhost", 0, { ssl: certificate });
  const { port } = server.sockets[0]!.getsockname();
  for (const answer of await asyncio.gather(
    () => ask(port, 1),
    askToo(port, 2),
    () => ask(port, 3),
  ))
    console.log(answer);
  server.close();
  await server.waitClosed();
});

// prints (openssl):
//   [ 'line 1' ]
//   [ 'line 1', 'line 2' ]
//   [ 'line 1', 'line 2', 'line 3' ]
