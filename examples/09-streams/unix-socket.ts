// The same streams over a Unix socket, which is a file.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as asyncio from "uvio";

const folder = mkdtempSync(join(tmpdir(), "uvio-"));
const path = join(folder, "echo.sock");

await asyncio.run(async () => {
  const server = await asyncio.startUnixServer(async (reader, writer) => {
    await writer.send(await reader.readline());
    writer.close();
  }, path);
  const [reader, writer] = await asyncio.openUnixConnection(path);
  writer.write("through a file\n");
  console.log(String(await reader.readline()).trim());
  writer.close();
  server.close();
});
rmSync(folder, { recursive: true });

// prints:
//   through a file
