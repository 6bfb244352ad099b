// A bounded buffer on a condition: producers wait while it is full, consumers while it is empty.
import * as asyncio from "uvio";

class Buffer<T> {
  readonly #items: T[] = [];
  readonly #size: number;
  readonly #changed = new asyncio.Condition();

  constructor(size: number) {
    this.#size = size;
  }

  async put(item: T) {
    await asyncio.asyncWith(this.#changed, async () => {
      await this.#changed.waitFor(() => this.#items.length < this.#size);
      this.#items.push(item);
      this.#changed.notifyAll();
    });
  }

  async take() {
    return await asyncio.asyncWith(this.#changed, async () => {
      await this.#changed.waitFor(() => this.#items.length > 0);
      this.#changed.notifyAll();
      return this.#items.shift()!;
    });
  }
}

async function produce(buffer: Buffer<number>, count: number) {
  for (let i = 0; i < count; i++) await buffer.put(i);
}

async function consume(buffer: Buffer<number>, count: number) {
  const taken: number[] = [];
  while (taken.length < count) taken.push(await buffer.take());
  return taken;
}

await asyncio.run(async () => {
  const buffer = new Buffer<number>(2);
  const [, one, two] = await asyncio.gather(
    () => produce(buffer, 6),
    () => consume(buffer, 3),
    () => consume(buffer, 3),
  );
  console.log([...one, ...two].sort());
});

// prints:
//   [ 0, 1, 2, 3, 4, 5 ]
