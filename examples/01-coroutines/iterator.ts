// The synchronous counterpart: an object that creates iterators, in Python a class with __iter__ and __next__.
class UpTo implements Iterable<number> {
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  [Symbol.iterator](): Iterator<number> {
    let x = 0;
    const limit = this.#limit;
    return { next: () => (x < limit ? { done: false, value: ++x } : { done: true, value: undefined }) };
  }
}

for (const x of new UpTo(3)) console.log(x);

// prints:
//   1
//   2
//   3
