// A class becomes awaitable in both spellings by extending Awaitable and implementing one method, Python's __await__.
import * as asyncio from "uvio";

class Countdown extends asyncio.Awaitable<string> {
  readonly #from: number;

  constructor(from: number) {
    super();
    this.#from = from;
  }

  *[Symbol.iterator]() {
    for (let n = this.#from; n > 0; n--) {
      console.log(n);
      yield* asyncio.sleep(0.001);
    }
    return "lift-off";
  }
}

const generator = asyncio.coroutine(function* () {
  return yield* new Countdown(2);
});

console.log(await asyncio.run(generator()));
console.log(await asyncio.run(async () => await new Countdown(1)));

// prints:
//   2
//   1
//   lift-off
//   1
//   lift-off
