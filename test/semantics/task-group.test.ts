/** Semantics 68 to 73: TaskGroup. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { type Body, Boom, failure, on, program, type Scene, thrown, turns } from "./scenes.js";

class Bang extends Error {}
class Crash extends Error {}

/** `async with TaskGroup() as group: body(group)`. */
function inGroup<T>(scene: Scene, body: (group: asyncio.TaskGroup) => Body<T>): asyncio.Coroutine<T> {
  return asyncio.asyncWith(new asyncio.TaskGroup(), scene.block(body)) as asyncio.Coroutine<T>;
}

function child<T>(scene: Scene, group: asyncio.TaskGroup, body: () => Body<T>, options?: asyncio.TaskOptions): asyncio.Task<T> {
  return group.createTask(scene.fn(body).lazy(), options);
}

function* forever(): Body<void> {
  yield* on(asyncio.sleep(3600));
}

/** The classes of the errors in a group, nested as they are. */
function classes(group: asyncio.ExceptionGroup): unknown[] {
  return group.exceptions.map((error) => (error instanceof asyncio.ExceptionGroup ? classes(error) : (error as Error).constructor.name));
}

function fails(error: Error, after = 0): () => Body<void> {
  return function* () {
    yield* turns(after);
    throw error;
  };
}

program("68 leaving the block waits for the tasks; their results are theirs", function* (scene) {
  const tasks = yield* on(
    inGroup(scene, function* (group) {
      const first = child(scene, group, function* () {
        yield* turns(3);
        return 1;
      });
      const second = child(scene, group, function* () {
        yield* turns();
        return 2;
      });
      yield* on(second);
      return [first, second];
    }),
  );
  assert.deepEqual(
    tasks.map((task) => task.result()),
    [1, 2],
  );
});

program("68 a failed task cancels its siblings and the block; the errors come as an ExceptionGroup", function* (scene) {
  let sibling: asyncio.Task<void> | undefined;
  const error = yield* failure(
    inGroup(scene, function* (group) {
      child(scene, group, fails(new Boom()));
      sibling = child(scene, group, forever);
      try {
        yield* forever();
      } finally {
        scene.log("block cancelled");
      }
    }),
    asyncio.ExceptionGroup,
  );
  assert.equal(error.message, "unhandled errors in a TaskGroup");
  assert.deepEqual(classes(error), ["Boom"]);
  assert.equal(sibling!.cancelled(), true);
  assert.deepEqual(scene.lines, ["block cancelled"]);
  assert.equal(asyncio.currentTask()!.cancelling(), 0);
  yield* turns(2);
});

program("68 a task that fails while the exit waits cancels the others, and the parent goes on uncancelled", function* (scene) {
  let sibling: asyncio.Task<void> | undefined;
  const error = yield* failure(
    inGroup(scene, function* (group) {
      child(scene, group, fails(new Boom(), 3));
      sibling = child(scene, group, forever);
    }),
    asyncio.ExceptionGroup,
  );
  assert.deepEqual(classes(error), ["Boom"]);
  assert.equal(sibling!.cancelled(), true);
  assert.equal(asyncio.currentTask()!.cancelling(), 0);
});

program("68 errors that siblings raise while they are cancelled are in the group as well", function* (scene) {
  const turnInto = (error: Error): (() => Body<void>) =>
    function* () {
      try {
        yield* forever();
      } finally {
        // eslint-disable-next-line no-unsafe-finally -- that is the test
        throw error;
      }
    };
  const error = yield* failure(
    inGroup(scene, function* (group) {
      child(scene, group, turnInto(new Bang()));
      child(scene, group, turnInto(new Crash()));
      child(scene, group, fails(new Boom(), 1));
      yield* forever();
    }),
    asyncio.ExceptionGroup,
  );
  assert.deepEqual(classes(error).sort(), ["Bang", "Boom", "Crash"]);
});

program("69 a task that is cancelled alone does not concern the group", function* (scene) {
  let cancelled: asyncio.Task<void> | undefined;
  const value = yield* on(
    inGroup(scene, function* (group) {
      cancelled = child(scene, group, forever);
      const other = child(scene, group, function* () {
        yield* turns(3);
        return "other";
      });
      yield* turns();
      cancelled.cancel();
      return yield* on(other);
    }),
  );
  assert.equal(value, "other");
  assert.equal(cancelled!.cancelled(), true);
});

program("70 an error of the block cancels the tasks and is in the group", function* (scene) {
  const error = yield* failure(
    inGroup(scene, function* (group) {
      child(scene, group, function* () {
        try {
          yield* forever();
        } finally {
          scene.log("task cancelled");
        }
      });
      yield* turns();
      throw new Boom();
    }),
    asyncio.ExceptionGroup,
  );
  assert.deepEqual(classes(error), ["Boom"]);
  assert.deepEqual(scene.lines, ["task cancelled"]);
});

program("70 errors of the block and of the tasks come together", function* (scene) {
  const error = yield* failure(
    inGroup(scene, function* (group) {
      child(scene, group, function* () {
        try {
          yield* forever();
        } catch {
          throw new Bang();
        }
      });
      yield* turns();
      throw new Boom();
    }),
    asyncio.ExceptionGroup,
  );
  assert.deepEqual(classes(error), ["Bang", "Boom"]);
});

program("70 a cancelled parent cancels the tasks, waits for them, and ends cancelled", function* (scene) {
  const parent = scene.task(function* () {
    yield* on(
      inGroup(scene, function* (group) {
        child(scene, group, function* () {
          try {
            yield* forever();
          } finally {
            yield* turns(2);
            scene.log("task cleaned up");
          }
        });
        try {
          yield* forever();
        } finally {
          scene.log("block cancelled");
        }
      }),
    );
  });
  yield* turns(3);
  parent.cancel("stop");
  yield* failure(parent, asyncio.CancelledError);
  assert.equal(parent.cancelled(), true);
  assert.deepEqual(scene.lines, ["block cancelled", "task cleaned up"]);
});

program("70 errors of the tasks win over the parent's cancellation, which is delivered at the next await", function* (scene) {
  const parent = scene.task(function* () {
    const error = yield* failure(
      inGroup(scene, function* (group) {
        child(scene, group, function* () {
          try {
            yield* forever();
          } catch {
            throw new Boom();
          }
        });
        yield* forever();
      }),
      asyncio.ExceptionGroup,
    );
    scene.log(...classes(error), asyncio.currentTask()!.cancelling());
    yield* on(asyncio.sleep(0));
    scene.log("not reached");
  });
  yield* turns(3);
  parent.cancel();
  yield* failure(parent, asyncio.CancelledError);
  assert.equal(parent.cancelled(), true);
  assert.deepEqual(scene.lines, ["Boom 1"]);
});

program("70 an error of the block that is raised instead of the parent's cancellation is in the group", function* (scene) {
  const parent = scene.task(function* () {
    yield* on(
      inGroup(scene, function* () {
        try {
          yield* forever();
        } catch {
          throw new Boom();
        }
      }),
    );
  });
  yield* turns(2);
  parent.cancel();
  assert.deepEqual(classes(yield* failure(parent, asyncio.ExceptionGroup)), ["Boom"]);
});

program("70 an empty group whose parent is cancelled in the block ends cancelled", function* (scene) {
  const parent = scene.task(function* () {
    yield* on(inGroup(scene, forever));
  });
  yield* turns(2);
  parent.cancel();
  yield* failure(parent, asyncio.CancelledError);
  assert.equal(parent.cancelled(), true);
});

program("70 nested groups of a cancelled parent are left from the inside out, and errors of the clean-up come nested", function* (scene) {
  const parent = (fails: boolean): asyncio.Task<void> =>
    scene.task(function* () {
      yield* on(
        inGroup(scene, function* (outer) {
          child(scene, outer, forever);
          yield* on(
            inGroup(scene, function* (inner) {
              child(scene, inner, function* () {
                try {
                  yield* forever();
                } finally {
                  // eslint-disable-next-line no-unsafe-finally -- that is the test
                  if (fails) throw new Boom();
                }
              });
              yield* forever();
            }),
          );
        }),
      );
    });
  const [clean, failing] = [parent(false), parent(true)];
  yield* turns(4);
  clean.cancel();
  failing.cancel();
  yield* failure(clean, asyncio.CancelledError);
  assert.deepEqual(classes(yield* failure(failing, asyncio.ExceptionGroup)), [["Boom"]]);
});

program("70 nested groups: the inner error comes as a group in the group", function* (scene) {
  const error = yield* failure(
    inGroup(scene, function* () {
      yield* on(
        inGroup(scene, function* (inner) {
          child(scene, inner, fails(new Boom(), 1));
        }),
      );
    }),
    asyncio.ExceptionGroup,
  );
  assert.deepEqual(classes(error), [["Boom"]]);
});

program("70 nested groups: an outer task that fails while the inner group waits gives a flat group", function* (scene) {
  const error = yield* failure(
    inGroup(scene, function* (outer) {
      child(scene, outer, fails(new Boom(), 3));
      yield* on(
        inGroup(scene, function* (inner) {
          child(scene, inner, forever);
        }),
      );
    }),
    asyncio.ExceptionGroup,
  );
  assert.deepEqual(classes(error), ["Boom"]);
});

program("70 nested groups that are both cancelled count every request once", function* (scene) {
  const parent = scene.task(function* () {
    const error = yield* failure(
      inGroup(scene, function* (outer) {
        child(scene, outer, fails(new Boom(), 3));
        try {
          yield* on(
            inGroup(scene, function* (inner) {
              child(scene, inner, fails(new Bang(), 3));
              yield* forever();
            }),
          );
        } catch (caught) {
          scene.log("inner", (caught as Error).constructor.name);
          throw caught;
        }
      }),
      asyncio.ExceptionGroup,
    );
    scene.log(asyncio.currentTask()!.cancelling());
    return classes(error);
  });
  const nested = yield* on(parent);
  assert.deepEqual(JSON.stringify(nested.sort()), JSON.stringify([["Bang"], "Boom"].sort()));
  assert.deepEqual(scene.lines, ["inner ExceptionGroup", "0"]);
});

program("71 tasks may be added while the exit waits for others", function* (scene) {
  yield* on(
    inGroup(scene, function* (group) {
      child(scene, group, function* () {
        yield* turns(2);
        child(scene, group, function* () {
          yield* turns(2);
          scene.log("grandchild");
        });
      });
    }),
  );
  assert.deepEqual(scene.lines, ["grandchild"]);
});

program("71 tasks that make tasks for ever are ended by an error", function* (scene) {
  const error = yield* failure(
    inGroup(scene, function* (group) {
      const hydra = function* (): Body<void> {
        while (true) {
          yield* turns();
          child(scene, group, hydra);
        }
      };
      child(scene, group, hydra);
      yield* turns(4);
      throw new Boom();
    }),
    asyncio.ExceptionGroup,
  );
  assert.equal(classes(error)[classes(error).length - 1], "Boom");
});

program("71 no task can be added before the block, after it, or while the group shuts down; the coroutine is closed", function* (scene) {
  const late = asyncio.coroutine(function* (): asyncio.CoroutineGenerator<void> {
    scene.log("ran");
  });
  const group = new asyncio.TaskGroup();
  const refused = (): void => {
    const coroutine = late();
    thrown(() => group.createTask(coroutine), asyncio.RuntimeError);
    thrown(() => coroutine.send(), asyncio.RuntimeError); // It was closed.
  };
  refused();
  yield* failure(
    asyncio.asyncWith(
      group,
      scene.block(function* () {
        child(scene, group, fails(new Boom()));
        try {
          yield* forever();
        } finally {
          refused();
        }
      }),
    ),
    asyncio.ExceptionGroup,
  );
  refused();
  yield* failure(
    asyncio.asyncWith(
      group,
      scene.block(function* () {
        scene.log("entered twice");
      }),
    ),
    asyncio.RuntimeError,
  );
  assert.deepEqual(scene.lines, []);
});

program("71 a group needs a task around it", function* (scene) {
  const outside = scene.future<unknown>();
  scene.loop.callSoon(() => {
    try {
      new asyncio.TaskGroup().aenter()[Symbol.iterator]();
      outside.setResult(null);
    } catch (error) {
      outside.setResult(error);
    }
  });
  assert.ok((yield* on(outside)) instanceof asyncio.RuntimeError);
});

program("72 a KeyboardInterrupt raised in the block is raised bare", function* (scene) {
  let sibling: asyncio.Task<void> | undefined;
  yield* failure(
    inGroup(scene, function* (group) {
      sibling = child(scene, group, forever);
      yield* turns();
      throw new asyncio.KeyboardInterrupt("now");
    }),
    asyncio.KeyboardInterrupt,
  );
  assert.equal(sibling!.cancelled(), true);
});

program("73 cancelling the parent again while the exit waits leaves no task behind", function* (scene) {
  const tasks: asyncio.Task<void>[] = [];
  const cleanUp = scene.loop.createFuture<void>();
  const parent = scene.task(function* () {
    yield* on(
      inGroup(scene, function* (group) {
        tasks.push(
          child(scene, group, function* () {
            try {
              yield* forever();
            } finally {
              yield* on(cleanUp);
              scene.log("cleaned up");
            }
          }),
        );
        yield* forever();
      }),
    );
  });
  yield* turns(3);
  for (let i = 0; i < 3; i++) {
    parent.cancel();
    yield* turns(3);
    assert.equal(parent.done(), false);
  }
  cleanUp.setResult();
  yield* failure(parent, asyncio.CancelledError);
  assert.ok(tasks.every((task) => task.done()));
  assert.deepEqual(scene.lines, ["cleaned up"]);
});

program("createTask takes a name and a context; the text of a group tells its state", function* (scene) {
  const variable = new asyncio.ContextVar<string>("v", { default: "default" });
  const context = asyncio.copyContext();
  const group = new asyncio.TaskGroup();
  assert.equal(String(group), "<TaskGroup tasks=0 errors=0>");
  yield* on(
    asyncio.asyncWith(
      group,
      scene.block(function* () {
        const task = child(
          scene,
          group,
          function* () {
            variable.set("inside");
            yield* turns();
          },
          { name: "named", context },
        );
        assert.equal(task.getName(), "named");
        assert.equal(String(group), "<TaskGroup tasks=1 errors=0 entered>");
      }),
    ),
  );
  assert.equal(context.get(variable), "inside");
});
