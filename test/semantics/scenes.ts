/** Programs that are written once and run by asyncio.run(main()), on both loops and in every spelling. */
import assert from "node:assert/strict";
import * as asyncio from "uvio";
import { eachLoop, type TestOptions } from "../support/loops.js";
import { Scene } from "../support/scene.js";
import { on, SPELLINGS, type Body, type Routine, type Target } from "../support/spellings.js";

export { on, Scene, type Body, type Routine, type Target };

/** One test for each kind of loop and each spelling. `main` runs as the main task; a program that runs loops itself: `eachSpelling`. */
export function program(name: string, main: (scene: Scene) => Body<void>, options: TestOptions = {}): void {
  eachSpelling(name, (scene) => scene.t.run(scene.fn(() => main(scene)).lazy()), options);
}

export function eachSpelling(name: string, body: (scene: Scene) => Promise<void>, options: TestOptions = {}): void {
  for (const spelling of SPELLINGS) eachLoop(`${name} (${spelling})`, (t) => body(new Scene(t, spelling)), options);
}

/** A class, whatever its constructor takes. */
interface ErrorClass<E> {
  readonly prototype: E;
  readonly name: string;
  [Symbol.hasInstance](value: unknown): boolean;
}

function isOf<E>(error: unknown, type: ErrorClass<E>): error is E {
  return error instanceof type;
}

/** Awaits what must fail with an error of that class, and gives the error. */
export function* failure<E>(target: Target<unknown>, type: ErrorClass<E>): Body<E> {
  let result: unknown;
  try {
    result = yield* on(target);
  } catch (error) {
    if (isOf(error, type)) return error;
    throw new assert.AssertionError({ message: `${type.name} expected`, actual: error, expected: type });
  }
  throw new assert.AssertionError({ message: `${type.name} expected`, actual: result, expected: type });
}

/** Calls what must throw an error of that class, and gives the error. */
export function thrown<E>(call: () => unknown, type: ErrorClass<E>): E {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    if (isOf(error, type)) return error;
    throw new assert.AssertionError({ message: `${type.name} expected`, actual: error, expected: type });
  }
  throw new assert.AssertionError({ message: `${type.name} expected`, actual: result, expected: type });
}

/** So many turns of the loop. */
export function* turns(count = 1): Body<void> {
  for (let i = 0; i < count; i++) yield* on(asyncio.sleep(0));
}

export class Boom extends Error {
  override name = "Boom";
}
