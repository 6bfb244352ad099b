// The drop-in swap: one line gives the whole program the native loop.
import * as asyncio from "uvio";
import * as uvloop from "uvio/uvloop";

asyncio.setEventLoopPolicy(new uvloop.EventLoopPolicy());

await asyncio.run(async () => {
  console.log(asyncio.getRunningLoop() instanceof uvloop.Loop);
});

// prints (the native loop):
//   true
