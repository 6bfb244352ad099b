// A doubly linked list whose nodes live in the objects themselves: linking and
// unlinking allocate nothing, and an object leaves without a search.
#ifndef UVIO_UTIL_INTRUSIVE_LIST_H_
#define UVIO_UTIL_INTRUSIVE_LIST_H_

#include "util/check.h"

namespace uvio {

// The base class of list items. Points to itself while it is not in a list.
class ListNode {
 public:
  ListNode() = default;
  ~ListNode() { Unlink(); }
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;

  bool IsLinked() const { return next_ != this; }

  void Unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }

 private:
  template <typename T>
  friend class IntrusiveList;

  ListNode* previous_ = this;
  ListNode* next_ = this;
};

// T derives from ListNode. The list does not own its items.
template <typename T>
class IntrusiveList {
 public:
  ~IntrusiveList() { CHECK(IsEmpty()); }

  bool IsEmpty() const { return !root_.IsLinked(); }

  void PushBack(T* item) { Insert(item, root_.previous_); }
  void PushFront(T* item) { Insert(item, &root_); }

  // Returns null when empty.
  T* Front() const {
    return IsEmpty() ? nullptr : static_cast<T*>(root_.next_);
  }

  T* PopFront() {
    T* item = Front();
    if (item != nullptr) static_cast<ListNode*>(item)->Unlink();
    return item;
  }

  // The visitor may unlink the item it is given, but no other item.
  template <typename Visitor>
  void ForEach(Visitor visit) {
    for (ListNode* node = root_.next_; node != &root_;) {
      ListNode* next = node->next_;
      visit(static_cast<T*>(node));
      node = next;
    }
  }

 private:
  static void Insert(ListNode* node, ListNode* after) {
    CHECK(!node->IsLinked());
    node->previous_ = after;
    node->next_ = after->next_;
    after->next_->previous_ = node;
    after->next_ = node;
  }

  ListNode root_;
};

}  // namespace uvio

#endif  // UVIO_UTIL_INTRUSIVE_LIST_H_
