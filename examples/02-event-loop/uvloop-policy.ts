// The drop-in replacement: one line selects the native loop for the whole program.
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";

asyncio.setEventLoopPolicy(new uvloop.EventLoopPolicy());

await asyncio.run(async () => {
  console.log(asyncio.getRunningLoop() instanceof uvloop.Loop);
});

// prints (the native loop):
//   true
