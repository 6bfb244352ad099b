// `gather` runs coroutines concurrently and returns their results in the order of its arguments.
import * as asyncio from "uvio";

async function fetchPage(url: string, seconds: number) {
  await asyncio.sleep(seconds);
  console.log("fetched", url);
  return `page of ${url}`;
}

await asyncio.run(async () => {
  const pages = await asyncio.gather(
    () => fetchPage("a.example", 0.2),
    () => fetchPage("b.example", 0.001),
    () => fetchPage("c.example", 0.1),
  );
  console.log(pages);
});

// prints:
//   fetched b.example
//   fetched c.example
//   fetched a.example
//   [ 'page of a.example', 'page of b.example', 'page of c.example' ]
