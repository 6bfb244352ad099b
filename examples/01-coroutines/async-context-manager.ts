// An async generator that yields once is a manager for `asyncWith`, with awaits before and after the `yield`. In both spellings.
import * as asyncio from "uvio";
import { asyncContextManager } from "uvio/contextlib";

const managed = asyncContextManager(async function* (name: string) {
  console.log(`acquires ${name}`);
  await asyncio.sleep(0.001);
  try {
    yield { name };
  } finally {
    await asyncio.sleep(0.001);
    console.log(`releases ${name}`);
  }
});

// A generator cannot both suspend and yield values, so it gets `emit`.
const managedToo = asyncContextManager(function* (emit: asyncio.Emit<{ name: string }>, name: string) {
  console.log(`acquires ${name}`);
  yield* asyncio.sleep(0.001);
  try {
    yield* emit({ name });
  } finally {
    yield* asyncio.sleep(0.001);
    console.log(`releases ${name}`);
  }
});

await asyncio.run(async () => {
  await asyncio.asyncWith(managed("database"), async (resource) => console.log("uses", resource.name));
  try {
    await asyncio.asyncWith(managedToo("printer"), async () => {
      throw new Error("out of paper");
    });
  } catch (error) {
    console.log(String(error));
  }
});

// prints:
//   acquires database
//   uses database
//   releases database
//   acquires printer
//   releases printer
//   Error: out of paper
