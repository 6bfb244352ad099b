/** The containers, each against a slow model. */
import assert from "node:assert/strict";
import { test } from "vitest";
import fc from "fast-check";
import { Deque } from "#uvio/util/deque.js";
import { Heap, type Timed } from "#uvio/util/heap.js";
import { LinkedList, type ListNode } from "#uvio/util/linked-list.js";

test("a deque is first in, first out, through every growth and wrap-around", () => {
  const step = fc.oneof(
    { arbitrary: fc.constant("push" as const), weight: 5 },
    { arbitrary: fc.constant("shift" as const), weight: 4 },
    fc.constant("clear" as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 2000, size: "max" }), (steps) => {
      const deque = new Deque<number>();
      const model: number[] = [];
      steps.forEach((what, i) => {
        if (what === "push") {
          deque.push(i);
          model.push(i);
        } else if (what === "shift") {
          assert.equal(deque.shift(), model.shift());
        } else if (i % 50 === 0) {
          deque.clear();
          model.length = 0;
        }
        assert.equal(deque.length, model.length);
      });
      assert.deepEqual([...deque], model);
    }),
    { numRuns: 50 },
  );
});

test("a deque keeps undefined apart from emptiness", () => {
  const deque = new Deque<undefined>();
  deque.push(undefined);
  assert.equal(deque.length, 1);
  assert.equal(deque.shift(), undefined);
  assert.equal(deque.length, 0);
});

test("a heap gives deadlines in order, equal ones by sequence, also after a purge", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 300 }), fc.integer({ min: 1, max: 5 }), (deadlines, keepEvery) => {
      const heap = new Heap<Timed>();
      const items = deadlines.map((deadline, sequence) => ({ deadline, sequence }));
      for (const item of items) heap.push(item);
      assert.equal(heap.length, items.length);
      const popped = [heap.pop(), heap.pop()].filter((item) => item !== undefined);
      heap.filter((item) => item.sequence % keepEvery === 0);
      const expected = items
        .filter((item) => !popped.includes(item) && item.sequence % keepEvery === 0)
        .sort((a, b) => a.deadline - b.deadline || a.sequence - b.sequence);
      const got: Timed[] = [];
      for (let top = heap.peek(); top !== undefined; top = heap.peek()) {
        assert.equal(heap.pop(), top);
        got.push(top);
      }
      assert.deepEqual(got, expected);
      assert.equal(heap.pop(), undefined);
    }),
  );
});

class Item implements ListNode {
  previous: ListNode | null = null;
  next: ListNode | null = null;
}

test("a linked list keeps its order through appends and removals anywhere", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100), { maxLength: 200 }), (choices) => {
      const list = new LinkedList<Item>();
      const model: Item[] = [];
      for (const choice of choices) {
        if (choice % 3 !== 0 || model.length === 0) {
          const item = new Item();
          list.append(item);
          model.push(item);
        } else {
          const [removed] = model.splice(choice % model.length, 1);
          list.remove(removed!);
          assert.equal(removed!.previous, null);
          assert.equal(removed!.next, null);
        }
        assert.equal(list.first, model[0] ?? null);
        assert.equal(list.empty, model.length === 0);
      }
      assert.ok([...list].every((item, i) => item === model[i]));
      assert.equal([...list].length, model.length);
    }),
  );
});

test("a linked list may lose the item just given out while it is walked", () => {
  const list = new LinkedList<Item>();
  const items = [new Item(), new Item(), new Item()];
  for (const item of items) list.append(item);
  const seen: Item[] = [];
  for (const item of list) {
    seen.push(item);
    list.remove(item);
  }
  assert.equal(seen.length, 3);
  assert.equal(list.empty, true);
});
