/** The links an item of a LinkedList carries itself, so that adding one allocates nothing. An item is in one list at most. */
export interface ListNode {
  /** @internal */ previous: ListNode | null;
  /** @internal */ next: ListNode | null;
}

/** A doubly linked list threaded through its items: append and removal in constant time, wherever the item is. */
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

  /** The item must be in this list. */
  remove(item: T): void {
    const { previous, next } = item as ListNode;
    if (previous === null) this.#first = next as T | null;
    else previous.next = next;
    if (next === null) this.#last = previous as T | null;
    else next.previous = previous;
    item.previous = item.next = null;
  }

  /** Safe against removal of the item just given out. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    let item = this.#first;
    while (item !== null) {
      const next = item.next as T | null;
      yield item;
      item = next;
    }
  }
}
