// A context manager around blocking code that does not use asyncio: its calls run in threads.
import { fileURLToPath } from "node:url";
import * as asyncio from "uvio";
import { asyncContextManager } from "uvio/contextlib";
import { block, readText } from "../support/blocking.ts";

const webPage = asyncContextManager(async function* (path: string) {
  const page = await asyncio.toThread(readText, path); // In place of a blocking download.
  try {
    yield page;
  } finally {
    console.log(await asyncio.toThread(block, 0.001)); // In place of a blocking update of statistics.
  }
});

await asyncio.run(async () => {
  await asyncio.asyncWith(webPage(fileURLToPath(import.meta.url)), async (page) => console.log(page.includes("webPage")));
});

// prints:
//   true
//   blocked for 0.001 s
