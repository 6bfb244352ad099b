// A context variable has a separate value in each task, through all its awaits: here the id of a request.
import * as asyncio from "uvio";

const requestId = new asyncio.ContextVar<string>("requestId");

function log(message: string) {
  console.log(`[${requestId.get("-")}] ${message}`);
}

async function handle(id: string) {
  requestId.set(id);
  log("begins");
  await asyncio.sleep(0.001);
  log("ends");
}

await asyncio.run(async () => {
  await asyncio.gather(
    () => handle("a"),
    () => handle("b"),
    () => handle("c"),
  );
  log("outside");
});

// prints:
//   [a] begins
//   [b] begins
//   [c] begins
//   [a] ends
//   [b] ends
//   [c] ends
//   [-] outside
