// A future is a result that is set later: one task awaits it, another sets it, and the loop resumes the first.
import * as asyncio from "uvio";

await asyncio.run(async () => {
  const loop = asyncio.getRunningLoop();
  const future = loop.createFuture<string>();
  console.log(future.done());

  loop.callLater(0.001, () => future.setResult("finished"));
  console.log(await future, future.done(), future.result());

  try {
    future.setResult("again");
  } catch (error) {
    console.log(error instanceof asyncio.InvalidStateError);
  }
});

// prints:
//   false
//   finished true finished
//   true
