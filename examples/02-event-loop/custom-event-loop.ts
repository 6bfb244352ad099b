// A custom loop class: a subclass observes each turn and the callbacks that are scheduled.
import * as asyncio from "uvio";

class CountingEventLoop extends asyncio.NodeEventLoop {
  turns = 0;
  scheduled = 0;

  protected override turn() {
    this.turns++;
    return super.turn();
  }

  override callAt<A extends unknown[]>(when: number, callback: (...args: A) => unknown, ...args: A) {
    this.scheduled++;
    return super.callAt(when, callback, ...args);
  }

  override callLater<A extends unknown[]>(delay: number, callback: (...args: A) => unknown, ...args: A) {
    this.scheduled++;
    return super.callLater(delay, callback, ...args);
  }
}

const loop = new CountingEventLoop();
const main = asyncio.coroutine(function* () {
  for (let i = 0; i < 3; i++) yield* asyncio.sleep(0.001);
});
await asyncio.run(main(), { loopFactory: () => loop });
console.log(`${loop.scheduled} timers, at least 4 turns: ${loop.turns >= 4}`);

// prints:
//   3 timers, at least 4 turns: true
