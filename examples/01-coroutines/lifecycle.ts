// The steps of `run`, written out: create a loop and a task, run it, finish the remaining tasks, and close the loop.
import * as asyncio from "uvio";

async function main() {
  console.log("hello");
  await asyncio.sleep(0.001);
  console.log("goodbye");
}

async function background() {
  try {
    await asyncio.sleep(3600);
  } finally {
    console.log("background ends");
  }
}

const loop = asyncio.newEventLoop();
asyncio.setEventLoop(loop);
const task = loop.createTask(main);
loop.createTask(background);
await loop.runUntilComplete(task); // A promise, because Node's own loop runs below.

const pending = [...asyncio.allTasks(loop)];
for (const one of pending) one.cancel();
await loop.runUntilComplete(asyncio.gather(...pending, { returnExceptions: true }));
await loop.runUntilComplete(loop.shutdownAsyncgens());
loop.close();
console.log(String(loop));

// prints:
//   hello
//   goodbye
//   background ends
//   <… running=false closed=true>
