/** A full Queue blocks put and an empty one blocks get, both first come first served; a cancelled getter loses no item. */
import * as asyncio from "uvio";
import { on } from "../../support/spellings.js";
import { scenario } from "../stage.js";

export default scenario(({ fn, log, run }) => {
  const producer = fn(function* producer(q: asyncio.Queue<string>, tag: string, n: number) {
    for (let i = 0; i < n; i++) {
      yield* on(q.put(`${tag}${i}`));
      log("put", tag, i, "size", q.qsize());
    }
  });

  const getter = fn(function* getter(q: asyncio.Queue<string>, tag: string) {
    const item = yield* on(q.get());
    log(tag, "got", item);
    return item;
  });

  const main = fn(function* main() {
    const q = new asyncio.Queue<string>(2);
    const p1 = asyncio.createTask(producer.lazy(q, "x", 3));
    const p2 = asyncio.createTask(producer.lazy(q, "y", 2));
    yield* on(asyncio.sleep(0));
    log("full:", q.full(), "p1 done:", p1.done(), "p2 done:", p2.done());
    for (let i = 0; i < 5; i++) {
      log("main got", yield* on(q.get()));
      yield* on(asyncio.sleep(0));
    }
    yield* on(asyncio.gather(p1, p2));
    log("empty:", q.empty());

    const g1 = asyncio.createTask(getter.lazy(q, "g1"));
    const g2 = asyncio.createTask(getter.lazy(q, "g2"));
    const g3 = asyncio.createTask(getter.lazy(q, "g3"));
    yield* on(asyncio.sleep(0));
    q.putNowait("first");
    q.putNowait("second");
    log("cancel g1 after its wake-up:", g1.cancel());
    yield* on(asyncio.wait([g1, g2, g3]));
    log("g1 cancelled:", g1.cancelled(), "left:", q.qsize());
  });
  return run(main.lazy());
});
