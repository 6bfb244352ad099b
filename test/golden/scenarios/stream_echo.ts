/**
 * Over loopback a client may half-close with write_eof and still read the server's answer; async for yields lines including a last one
 * without newline.
 */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { runningLoop, scenario } from "../stage.js";

export default scenario(({ fn, block, log, run }) => {
  const main = fn(function* main() {
    const served = runningLoop().createFuture<number>();
    const journal: string[] = [];

    const handle = fn(function* handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) {
      let count = 0;
      const eachLine = block(function* (line: Buffer) {
        count += 1;
        journal.push(`line ${count} ${line.toString().replace("\n", "|")}`);
        writer.write(line.toString().toUpperCase());
        yield* on(writer.drain());
      });
      yield* on(asyncio.asyncFor(reader, eachLine));
      journal.push(`at_eof ${reader.atEof() ? "True" : "False"}`);
      writer.writelines(["total ", String(count), "\n"]);
      writer.close();
      yield* on(writer.waitClosed());
      served.setResult(count);
    });

    const server = yield* on(asyncio.startServer(handle, "127.0.0.1", 0));
    const { port } = server.sockets[0]!.getsockname();
    const [reader, writer] = yield* on(asyncio.openConnection("127.0.0.1", port));
    writer.write("one\n");
    log("client got", (yield* on(reader.readline())).toString().trimEnd());
    log("can_write_eof:", writer.canWriteEof());
    writer.write("two\nthr");
    writer.write("ee");
    writer.writeEof();
    log("exactly", (yield* on(reader.readexactly(4))).toString().trimEnd());
    log("rest", (yield* on(reader.read(-1))).toString().replaceAll("\n", "|"));
    log("client at_eof:", reader.atEof());
    log("served", yield* on(served));
    for (const event of journal) log("server:", event);
    writer.close();
    log("closing:", writer.isClosing());
    yield* on(writer.waitClosed());
    server.close();
    yield* on(server.waitClosed());
    log("serving:", server.isServing());
  });
  return run(main.lazy());
});
