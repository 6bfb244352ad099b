/** `{ signal }` on every wait of locks and queues: it rejects that one wait with the signal's reason, and leaves everything else alone. */
import assert from "node:assert/strict";
import { getEventListeners, setMaxListeners } from "node:events";
import * as asyncio from "uvio";
import { Boom, failure, on, program, thrown, turns, type Target } from "../../semantics/scenes.js";

interface Waiting {
  /** The wait, which cannot succeed at once. */
  wait(signal?: AbortSignal): Target<unknown>;
  /** Lets one wait succeed. */
  wake(): void;
  waiting(): number;
  /** How it looks to others: must be the same after a wait that was given up. */
  state(): unknown;
}

const primitives: Record<string, () => Waiting> = {
  "Lock.acquire": () => {
    const lock = new asyncio.Lock();
    lock.acquire()[Symbol.iterator]();
    return {
      wait: (signal) => lock.acquire({ signal }),
      wake: () => lock.release(),
      waiting: () => lock.statistics().waiting,
      state: () => lock.locked(),
    };
  },
  "Semaphore.acquire": () => {
    const semaphore = new asyncio.Semaphore(0);
    return {
      wait: (signal) => semaphore.acquire({ signal }),
      wake: () => semaphore.release(),
      waiting: () => semaphore.statistics().waiting,
      state: () => semaphore.statistics().value,
    };
  },
  "Event.wait": () => {
    const event = new asyncio.Event();
    return {
      wait: (signal) => event.wait({ signal }),
      wake: () => event.set(),
      waiting: () => event.statistics().waiting,
      state: () => event.isSet(),
    };
  },
  "Queue.get": () => {
    const queue = new asyncio.Queue<string>();
    return {
      wait: (signal) => queue.get({ signal }),
      wake: () => queue.putNowait("item"),
      waiting: () => queue.statistics().getting,
      state: () => queue.qsize(),
    };
  },
  "Queue.put": () => {
    const queue = new asyncio.Queue<string>(1);
    queue.putNowait("first");
    return {
      wait: (signal) => queue.put("second", { signal }),
      wake: () => void queue.getNowait(),
      waiting: () => queue.statistics().putting,
      state: () => queue.qsize(),
    };
  },
};

for (const [name, make] of Object.entries(primitives)) {
  program(`${name}: a signal that is aborted already rejects with its reason, and nothing else happens`, function* () {
    const { wait, waiting, state } = make();
    const before = state();
    const reason = new Boom();
    assert.equal(yield* failure(wait(AbortSignal.abort(reason)), Boom), reason);
    assert.equal(waiting(), 0);
    assert.equal(state(), before);
    const dom = yield* failure(wait(AbortSignal.abort()), DOMException);
    assert.equal(dom.name, "AbortError");
  });

  program(
    `${name}: an abort while waiting rejects that wait with the very reason, leaves the task uncancelled and no listener`,
    function* (scene) {
      const { wait, wake, waiting, state } = make();
      const before = state();
      const controller = new AbortController();
      const reason = new Boom();
      const task = scene.task(function* () {
        assert.equal(yield* failure(wait(controller.signal), Boom), reason);
        return asyncio.currentTask()!.cancelling();
      });
      const other = scene.task(function* () {
        yield* on(wait());
        return "other";
      });
      yield* turns(2);
      assert.equal(waiting(), 2);
      controller.abort(reason);
      assert.equal(yield* on(task), 0);
      assert.equal(waiting(), 1);
      assert.equal(state(), before);
      assert.equal(getEventListeners(controller.signal, "abort").length, 0);
      wake();
      assert.equal(yield* on(other), "other");
    },
  );

  program(`${name}: the listener is removed when the wait succeeds or is cancelled`, function* (scene) {
    const { wait, wake } = make();
    const controller = new AbortController();
    const listeners = (): number => getEventListeners(controller.signal, "abort").length;
    const cancelled = scene.task(function* () {
      yield* on(wait(controller.signal));
    });
    yield* turns();
    assert.equal(listeners(), 1);
    cancelled.cancel();
    yield* failure(cancelled, asyncio.CancelledError);
    assert.equal(listeners(), 0);
    const woken = scene.task(function* () {
      yield* on(wait(controller.signal));
    });
    yield* turns();
    wake();
    yield* on(woken);
    assert.equal(listeners(), 0);
    controller.abort();
    yield* turns();
  });

  program(`${name}: a cancellation and an abort in the same turn cancel the task, in either order`, function* (scene) {
    for (const first of ["cancel", "abort"]) {
      const { wait, waiting, wake } = make();
      const controller = new AbortController();
      const task = scene.task(function* () {
        yield* on(wait(controller.signal));
      });
      const other = scene.task(function* () {
        yield* on(wait());
      });
      yield* turns(2);
      if (first === "cancel") task.cancel();
      controller.abort(new Boom());
      if (first === "abort") task.cancel();
      yield* failure(task, asyncio.CancelledError);
      assert.equal(task.cancelled(), true, `${first} first`);
      assert.equal(waiting(), 1);
      wake();
      yield* on(other);
    }
  });

  program(`${name}: a wake-up and an abort in the same turn: the wake-up is not lost`, function* (scene) {
    for (const first of ["wake", "abort"]) {
      const { wait, wake } = make();
      const controller = new AbortController();
      const task = scene.task(function* () {
        try {
          yield* on(wait(controller.signal));
          return "woken";
        } catch (error) {
          assert.ok(error instanceof Boom);
          return "aborted";
        }
      });
      const other = scene.task(function* () {
        yield* on(wait());
        return "other";
      });
      yield* turns(2);
      if (first === "wake") wake();
      controller.abort(new Boom());
      if (first === "abort") wake();
      const outcome = yield* on(task);
      assert.equal(outcome, first === "wake" ? "woken" : "aborted");
      if (first === "wake" && name !== "Event.wait") wake();
      assert.equal(yield* on(other), "other");
    }
  });

  program(`${name}: what is no signal is a TypeError at once`, function* () {
    const { wait } = make();
    for (const bad of [null, {}, "signal", 42, new AbortController()]) thrown(() => wait(bad as never), TypeError);
    yield* turns();
  });
}

program("Condition.wait: an abort gives the lock back to the waiter before it rejects", function* (scene) {
  const condition = new asyncio.Condition();
  const controller = new AbortController();
  const reason = new Boom();
  const task = scene.task(function* () {
    yield* on(condition.acquire());
    assert.equal(yield* failure(condition.wait({ signal: controller.signal }), Boom), reason);
    assert.equal(condition.locked(), true);
    condition.release();
    return asyncio.currentTask()!.cancelling();
  });
  yield* turns();
  assert.equal(condition.locked(), false);
  controller.abort(reason);
  assert.equal(yield* on(task), 0);
  assert.equal(condition.statistics().waiting, 0);
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  yield* on(condition.acquire());
  assert.equal(yield* failure(condition.wait({ signal: controller.signal }), Boom), reason);
  assert.equal(
    yield* failure(
      condition.waitFor(() => false, { signal: controller.signal }),
      Boom,
    ),
    reason,
  );
  assert.equal(condition.locked(), true);
  condition.release();
});

program("a signal shared by many waits rejects them all with the same object", function* (scene) {
  const queue = new asyncio.Queue<string>();
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const tasks = Array.from({ length: 20 }, () =>
    scene.task(function* () {
      return yield* failure(queue.get({ signal: controller.signal }), Boom);
    }),
  );
  yield* turns(2);
  const reason = new Boom();
  controller.abort(reason);
  for (const task of tasks) assert.equal(yield* on(task), reason);
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  assert.equal(queue.statistics().getting, 0);
});
