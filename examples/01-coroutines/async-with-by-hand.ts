// The steps of `asyncWith`, written out: enter, run the body, exit with its outcome, and suppress the error if the exit says so.
import * as asyncio from "uvio";

class Ignoring implements asyncio.AsyncManager<string, boolean> {
  async aenter() {
    console.log("enter");
    return "value";
  }

  async aexit(outcome: asyncio.Outcome) {
    console.log("exit", outcome.ok ? "normally" : `with ${String(outcome.error)}`);
    return true; // Suppresses the body's error.
  }
}

async function body(value: string): Promise<void> {
  throw new Error(`the body fails with ${value}`);
}

async function byHand<T>(manager: asyncio.AsyncManager<T>, run: (value: T) => Promise<void>) {
  const value = await manager.aenter();
  try {
    await run(value);
  } catch (error) {
    if (!(await manager.aexit({ ok: false, error }))) throw error;
    return;
  }
  await manager.aexit({ ok: true });
}

await asyncio.run(async () => {
  await asyncio.asyncWith(new Ignoring(), body);
  await byHand(new Ignoring(), body);
});

// prints:
//   enter
//   exit with Error: the body fails with value
//   enter
//   exit with Error: the body fails with value
