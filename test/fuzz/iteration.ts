/** The operations on async generators and other async iterables. */
import * as asyncio from "uvio";
import { emit, on, type Body, type ItemsBody, type Routine } from "../support/spellings.js";
import type { Interpreter, Operations } from "./interpreter.js";
import type { Op } from "./programs.js";
import { Boom } from "./values.js";

export type Generated = asyncio.AsyncGeneratorObject<number>;

/** `yield*` of a routine in a generator function, whatever the routine's spelling is. */
function* call<A extends unknown[], T>(routine: Routine<A, T>, ...args: A): asyncio.CoroutineGenerator<T> {
  const source = routine.lazy(...args);
  return yield* typeof source === "function" ? asyncio.coroutine(source as () => Promise<T>)() : source;
}

/** The body of `agen`, in every spelling: an `async function*` in an async one. */
function* itemsOf(it: Interpreter, me: string, op: Op & { k: "agen" }): ItemsBody<number> {
  try {
    for (let i = 0; i < 3; i++) {
      try {
        yield* on(it.runOps(me, op.b));
        yield* emit(i);
      } catch (error) {
        if (!(error instanceof Boom)) throw error;
        it.log(me, "agen boom");
      }
    }
  } finally {
    it.log(me, "agen fin");
    yield* on(it.runOps(me, op.h));
  }
}

/** The generators with asend, athrow and aclose. In every spelling they are generator functions. */
const generate = asyncio.asyncGenerator(function* generate(
  emit: asyncio.Emit<number>,
  it: Interpreter,
  me: string,
  op: Op & { k: "gnew" },
) {
  try {
    for (let i = 0; i < 3; i++) {
      try {
        yield* call(it.runOps, me, op.b);
        it.log(me, "sent", yield* emitInside(it, op.in, () => emit(i)));
      } catch (error) {
        if (!(error instanceof Boom)) throw error;
        it.log(me, "generator boom");
      }
    }
  } finally {
    it.log(me, "generator end");
    yield* call(it.runOps, me, op.h);
  }
});

function* emitInside(
  it: Interpreter,
  manager: "lock" | "timeout" | "group" | null,
  emit: () => asyncio.CoroutineGenerator<unknown>,
): asyncio.CoroutineGenerator<unknown> {
  switch (manager) {
    case null:
      return yield* emit();
    case "lock":
      return yield* asyncio.asyncWith(it.locks[0], emit);
    case "timeout": {
      const block = asyncio.timeout(1000);
      it.deadlines.push(block);
      return yield* asyncio.asyncWith(block, emit);
    }
    case "group":
      return yield* asyncio.asyncWith(new asyncio.TaskGroup(), function* (group) {
        it.groups.push(group);
        return yield* emit();
      });
  }
}

/** An async iterable of `x` items. It runs the operations `s` before each of them. */
export class Source implements AsyncIterable<number> {
  readonly #it: Interpreter;
  readonly #me: string;
  readonly #op: Op & { k: "afor" };
  #items = 0;

  constructor(it: Interpreter, me: string, op: Op & { k: "afor" }) {
    this.#it = it;
    this.#me = me;
    this.#op = op;
  }

  [Symbol.asyncIterator](): AsyncIterator<number> {
    return { next: () => this.#it.nextOf(this) as Promise<IteratorResult<number>> };
  }

  *advance(): Body<IteratorResult<number>> {
    if (this.#items >= this.#op.x) return { done: true, value: undefined };
    this.#items++;
    yield* on(this.#it.runOps(this.#me, this.#op.s));
    return { done: false, value: this.#items };
  }
}

type Names = "agen" | "gnew" | "gnext" | "gsend" | "gthrow" | "gclose" | "gfor" | "afor";

export const iteration: Operations<Names> & { itemsOf: typeof itemsOf } = {
  itemsOf,
  *agen(it, me, op) {
    const items = it.items(me, op);
    try {
      for (;;) {
        const next = yield* on(items.next());
        if (next.done === true) break;
        it.log(me, "agen", next.value);
        if (op.brk && next.value === 1) break;
      }
    } finally {
      yield* on(items.close());
    }
  },
  gnew: (it, me, op) => void (it.generators[op.i] = generate(it, me, op)),
  *gnext(it, me, op) {
    const generator = it.generators[op.i]!;
    if (generator !== null) it.log(me, "next", yield* on(generator.anext()));
  },
  *gsend(it, me, op) {
    const generator = it.generators[op.i]!;
    if (generator !== null) it.log(me, "asend", yield* on(generator.asend(op.x)));
  },
  *gthrow(it, me, op) {
    const generator = it.generators[op.i]!;
    if (generator === null) return;
    const error = op.x === "boom" ? new Boom("thrown") : new asyncio.CancelledError("thrown");
    it.log(me, "athrow", yield* on(generator.athrow(error)));
  },
  *gclose(it, me, op) {
    const generator = it.generators[op.i]!;
    if (generator === null) return;
    yield* on(generator.aclose());
    it.log(me, "closed");
  },
  *gfor(it, me, op) {
    const generator = it.generators[op.i]!;
    if (generator === null) return;
    let n = 0;
    const body = it.writer.block(function* (item: number) {
      it.log(me, "item", item);
      yield* on(it.runOps(me, op.b));
      return n++ === op.brk ? asyncio.BREAK : null;
    });
    yield* on(asyncio.asyncFor(generator, body));
    it.log(me, "for end");
  },
  *afor(it, me, op) {
    let n = 0;
    const body = function* (item: number): Body<unknown> {
      it.log(me, "item", item);
      yield* on(it.runOps(me, op.b));
      return n++ === op.brk ? asyncio.BREAK : null;
    };
    // JavaScript's own `for await` takes a list.
    if (op.x === 0) yield* on(asyncio.asyncFor([1, 2] as unknown as AsyncIterable<number>, it.writer.block(body)));
    else yield* on(it.writer.each(new Source(it, me, op), body));
    it.log(me, "for end");
  },
};
