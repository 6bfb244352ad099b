/** Races connection attempts against each other: the Happy Eyeballs algorithm of RFC 8305. */
import type { EventLoop } from "../core/contracts.js";
import type { Awaitable } from "../tasks/awaitable.js";
import { coroutine } from "../tasks/coroutine.js";
import { Task } from "../tasks/task.js";
import { FIRST_COMPLETED, wait } from "../combinators/wait.js";

/** The outcome of a race: the winner's result, or the errors of all attempts in their order. */
export type RaceResult<T> = { won: true; result: T } | { won: false; errors: unknown[] };

/**
 * Runs attempts until one succeeds. The next attempt starts when the one before has failed, or after `delay` seconds while it continues.
 *
 * When one has succeeded, the others are cancelled and awaited; a connection that one of them still establishes is closed by `discard`.
 * An error for which `isFailure` returns false ends the race and is thrown. Mirrors asyncio's staggered_race.
 */
export const staggeredRace = coroutine(function* staggeredRace<T>(
  loop: EventLoop,
  attempts: readonly (() => Awaitable<T>)[],
  delay: number,
  isFailure: (error: unknown) => boolean,
  discard: (result: T) => void,
) {
  const running = new Map<Task<T>, number>();
  const errors: unknown[] = [];
  let begun = 0;
  try {
    while (begun < attempts.length || running.size > 0) {
      if (begun < attempts.length) {
        const attempt = attempts[begun]!;
        running.set(new Task<T>(attempt, { loop }), begun++);
      }
      const timeout = begun < attempts.length ? delay : null;
      const [done] = yield* wait(running.keys(), { timeout, returnWhen: FIRST_COMPLETED });
      for (const [task, place] of running) {
        if (!done.has(task)) continue;
        const error: unknown = task.exception();
        if (task.failed() && !isFailure(error)) throw error;
        running.delete(task);
        if (!task.failed()) return { won: true, result: task.result() } as RaceResult<T>;
        errors[place] = error;
      }
    }
    return { won: false, errors } as RaceResult<T>;
  } finally {
    for (const task of running.keys()) task.cancel();
    if (running.size > 0) yield* wait(running.keys());
    for (const task of running.keys()) {
      if (task.failed())
        task.exception(); // Marks the error as retrieved.
      else if (!task.cancelled()) discard(task.result());
    }
  }
});

/** Runs attempts one after the other until one succeeds. An error for which `isFailure` returns false is thrown. */
export const inTurn = coroutine(function* inTurn<T>(attempts: readonly (() => Awaitable<T>)[], isFailure: (error: unknown) => boolean) {
  const errors: unknown[] = [];
  for (const attempt of attempts) {
    try {
      return { won: true, result: yield* attempt() } as RaceResult<T>;
    } catch (error) {
      if (!isFailure(error)) throw error;
      errors.push(error);
    }
  }
  return { won: false, errors } as RaceResult<T>;
});
