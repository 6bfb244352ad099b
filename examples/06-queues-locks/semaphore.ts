// A semaphore allows three of ten downloads to run at a time.
import * as asyncio from "uvio";

let running = 0;
let most = 0;

async function download(semaphore: asyncio.Semaphore, url: string) {
  return await asyncio.asyncWith(semaphore, async () => {
    most = Math.max(most, ++running);
    await asyncio.sleep(0.001);
    running--;
    return url;
  });
}

await asyncio.run(async () => {
  const semaphore = new asyncio.Semaphore(3);
  const urls = Array.from({ length: 10 }, (_, i) => `${i}.example`);
  const pages = await asyncio.gather(...urls.map((url) => () => download(semaphore, url)));
  console.log(pages.length, "pages, at most", most, "at a time");
});

// prints:
//   10 pages, at most 3 at a time
