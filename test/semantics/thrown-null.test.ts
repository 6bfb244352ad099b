/** Semantics of JavaScript's own: anything can be thrown, null too. It is an error like any other, wherever a task's outcome is looked at. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { on, program, type Body, type Scene } from "./scenes.js";

function throwing(scene: Scene): asyncio.TaskSource<never> {
  return scene
    .fn(function* (): Body<never> {
      yield* on(asyncio.sleep(0));
      throw null;
    })
    .lazy();
}

function* caught(target: () => asyncio.Awaitable<unknown> | PromiseLike<unknown>): Body<unknown> {
  try {
    yield* on(target());
  } catch (error) {
    return { error };
  }
  return "no error";
}

program("null that is thrown reaches whoever awaits the task, gathers, shields or times it", function* (scene) {
  const make = (): asyncio.Task<never> => asyncio.createTask(throwing(scene));
  for (const target of [
    make,
    () => asyncio.gather(make(), asyncio.sleep(0)),
    () => asyncio.shield(make()),
    () => asyncio.waitFor(make(), 60),
    () => asyncio.wrapFuture(asyncio.runCoroutineThreadsafe(throwing(scene), scene.loop)),
  ]) {
    assert.deepEqual(yield* caught(target), { error: null });
  }
  assert.deepEqual(yield* on(asyncio.gather(make(), { returnExceptions: true })), [null]);
});

program("null that is thrown ends wait() for the first exception", function* (scene) {
  const failing = asyncio.createTask(throwing(scene));
  const waiting = asyncio.createTask(asyncio.sleep(3600));
  const [done, pending] = yield* on(asyncio.wait([failing, waiting], { returnWhen: asyncio.FIRST_EXCEPTION }));
  assert.deepEqual([[...done], [...pending]], [[failing], [waiting]]);
  waiting.cancel();
});

program("null that is thrown by a task of a TaskGroup cancels the others and is in the ExceptionGroup", function* (scene) {
  let other: asyncio.Task<unknown> | undefined;
  const group = yield* caught(() =>
    asyncio.asyncWith(
      new asyncio.TaskGroup(),
      scene.block(function* (tasks: asyncio.TaskGroup): Body<void> {
        other = tasks.createTask(asyncio.sleep(3600));
        tasks.createTask(throwing(scene));
        yield* on(asyncio.sleep(3600));
      }),
    ),
  );
  const { error } = group as { error: asyncio.ExceptionGroup };
  assert.ok(error instanceof asyncio.ExceptionGroup);
  assert.deepEqual([...error.exceptions], [null]);
  assert.equal(other!.cancelled(), true);
});

program("null that is thrown by who serves a connection is reported, and the connection closed", function* (scene) {
  const reported: unknown[] = [];
  scene.loop.setExceptionHandler((_loop, context) => void reported.push(context.exception));
  const server = yield* on(
    asyncio.startServer(
      scene.fn(function* (): Body<void> {
        yield* on(asyncio.sleep(0));
        throw null;
      }) as never,
      "127.0.0.1",
      0,
    ),
  );
  const [reader, writer] = yield* on(asyncio.openConnection("127.0.0.1", server.sockets[0]!.getsockname().port));
  assert.equal((yield* on(reader.read())).length, 0);
  writer.close();
  yield* on(writer.waitClosed());
  server.close();
  yield* on(server.waitClosed());
  assert.deepEqual(reported, [null]);
  scene.loop.setExceptionHandler(null);
});
