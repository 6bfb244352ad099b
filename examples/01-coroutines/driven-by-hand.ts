// The methods that a task uses: `send` runs a coroutine to its next suspension, `throw` throws an error there, `close` ends it.
import * as asyncio from "uvio";

const add = asyncio.coroutine(function* add(a: number, b: number) {
  return a + b;
});
console.log(add(1, 2).send()); // Python raises StopIteration(3) here.

const waits = asyncio.coroutine(function* waits(future: asyncio.Future<string>) {
  try {
    return `got ${yield* future}`;
  } catch (error) {
    return `caught ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    console.log("cleaned up");
  }
});

await asyncio.run(async () => {
  const future = asyncio.getRunningLoop().createFuture<string>();

  const first = waits(future);
  console.log(first.send().value === future); // It yields the future that it waits for.
  console.log(first.throw(new Error("bad luck")));

  const second = waits(future);
  second.send();
  second.close();

  const third = waits(future);
  third.send();
  future.setResult("a result");
  console.log(third.send());
});

// prints:
//   { value: 3, done: true }
//   true
//   cleaned up
//   { value: 'caught bad luck', done: true }
//   cleaned up
//   cleaned up
//   { value: 'got a result', done: true }
