// A handler of CancelledError must not create tasks: the shutdown waits for the tasks it has cancelled, but not for new ones.
import * as asyncio from "uvio";

async function flush(name: string) {
  await asyncio.sleep(0.1);
  console.log(`${name} has flushed`);
}

async function careless() {
  try {
    await asyncio.sleep(3600);
  } finally {
    asyncio.createTask(() => flush("careless")); // Lost: the loop closes before it runs.
  }
}

async function careful() {
  try {
    await asyncio.sleep(3600);
  } finally {
    await flush("careful");
  }
}

await asyncio.run(async () => {
  asyncio.createTask(careful);
  await asyncio.sleep(0);
});
await asyncio.run(async () => {
  asyncio.createTask(careless);
  await asyncio.sleep(0);
});

// prints:
//   careful has flushed
