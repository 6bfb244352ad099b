import type { Suspension } from "../core/contracts.js";
import { check } from "../util/check.js";
import { Immediate } from "./fast-path.js";

/** An awaitable that acts when it is awaited and never waits: `aenter` and `aexit` of managers that need not. */
export class Immediately<T> extends Immediate<T> {
  readonly #act: () => T;

  constructor(act: () => T) {
    super();
    this.#act = act;
  }

  override attempt(): T {
    return this.#act();
  }

  protected override wait(): Generator<Suspension, T, unknown> {
    check(false, "an Immediately never waits");
  }
}
