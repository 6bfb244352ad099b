/** The links inside an item of a LinkedList, so that appending does not allocate. An item is in at most one list. */
export interface ListNode {
  /** @internal */ previous: ListNode | null;
  /** @internal */ next: ListNode | null;
}

/** A doubly linked list that is threaded through its items. Appending and removing take constant time. */
export class LinkedList<T extends ListNode> {
  #first: T | null = null;
  #last: T | null = null;

  get first(): T | null {
    return this.#first;
  }

  get empty(): boolean {
    return this.#first === null;
  }

  append(item: T): void {
    const last = this.#last;
    item.previous = last;
    item.next = null;
    if (last === null) this.#first = item;
    else last.next = item;
    this.#last = item;
  }

  /** Removes an item, which must be in this list. */
  remove(item: T): void {
    const { previous, next } = item as ListNode;
    if (previous === null) this.#first = next as T | null;
    else previous.next = next;
    if (next === null) this.#last = previous as T | null;
    else next.previous = previous;
    item.previous = item.next = null;
  }

  /** Iterates over the items. The loop body may remove the current item. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    let item = this.#first;
    while (item !== null) {
      const next = item.next as T | null;
      yield item;
      item = next;
    }
  }
}
