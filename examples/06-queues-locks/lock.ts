// A lock makes a read, a wait and a write one unit: three tasks count to 300 without losing an increment.
import * as asyncio from "uvio";

class SharedCounter {
  readonly #lock = new asyncio.Lock();
  value = 0;

  async increment() {
    await asyncio.asyncWith(this.#lock, async () => {
      const before = this.value;
      await asyncio.sleep(0); // Without the lock, other tasks would run here and their increments would be lost.
      this.value = before + 1;
    });
  }
}

async function worker(counter: SharedCounter) {
  for (let i = 0; i < 100; i++) await counter.increment();
}

await asyncio.run(async () => {
  const counter = new SharedCounter();
  await asyncio.gather(
    () => worker(counter),
    () => worker(counter),
    () => worker(counter),
  );
  console.log(counter.value);
});

// prints:
//   300
