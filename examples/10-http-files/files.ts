// Files are used like streams: opened with `asyncWith`, written, and read line by line without blocking the loop.
import * as asyncio from "uvio";
import * as aiofiles from "uvio/aiofiles";

await asyncio.run(async () => {
  await asyncio.asyncWith(aiofiles.tempfile.TemporaryDirectory(), async (folder) => {
    const path = `${folder}/levels.txt`;
    await asyncio.asyncWith(aiofiles.open(path, "w"), async (file) => {
      await file.write("coroutines\n");
      await file.writelines(["event loop\n", "futures\n"]);
    });
    await asyncio.asyncWith(aiofiles.open(path), async (file) => {
      let level = 0;
      for await (const line of file) console.log(++level, line.trim());
      await file.seek(0);
      console.log((await file.read()).length);
    });
    console.log(await aiofiles.os.listdir(folder));
  });
});

// prints:
//   1 coroutines
//   2 event loop
//   3 futures
//   30
//   [ 'levels.txt' ]
