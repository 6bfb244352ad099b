// `waitFor` cancels a coroutine that takes too long.
import * as asyncio from "uvio";

async function slow() {
  try {
    await asyncio.sleep(3600);
  } finally {
    console.log("slow is cancelled");
  }
}

await asyncio.run(async () => {
  try {
    await asyncio.waitFor(slow, 0.01);
  } catch (error) {
    console.log(error instanceof asyncio.TimeoutError);
  }
});

// prints:
//   slow is cancelled
//   true
