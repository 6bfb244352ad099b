#include "util/intrusive_list.h"

#include <vector>

#include "native_tests.h"

namespace uvio::test {

namespace {

long checks = 0;

void Expect(bool condition) {
  checks++;
  CHECK(condition);
}

struct Item : ListNode {
  int id = 0;
};

std::vector<int> IdsOf(IntrusiveList<Item>* list) {
  std::vector<int> ids;
  list->ForEach([&](Item* item) { ids.push_back(item->id); });
  return ids;
}

void ItemsLeaveFromAnyPlace() {
  for (int leaving = 0; leaving < 4; leaving++) {
    Item items[4];
    IntrusiveList<Item> list;
    Expect(list.IsEmpty() && list.PopFront() == nullptr);
    std::vector<int> expected;
    for (int i = 0; i < 4; i++) {
      items[i].id = i;
      list.PushBack(&items[i]);
      if (i != leaving) expected.push_back(i);
    }
    items[leaving].Unlink();
    items[leaving].Unlink();  // Twice is once.
    Expect(!items[leaving].IsLinked());
    Expect(IdsOf(&list) == expected);
    for (const int id : expected) Expect(list.PopFront() == &items[id]);
    Expect(list.IsEmpty());
  }
}

void ItemsComeFirstOrLast() {
  Item items[3];
  IntrusiveList<Item> list;
  for (int i = 0; i < 3; i++) items[i].id = i;
  list.PushFront(&items[1]);
  list.PushBack(&items[2]);
  list.PushFront(&items[0]);
  Expect(IdsOf(&list) == std::vector<int>({0, 1, 2}));
  while (list.PopFront() != nullptr) {
  }
  Expect(list.IsEmpty());
}

void ADyingItemLeavesItsList() {
  IntrusiveList<Item> list;
  {
    Item item;
    list.PushBack(&item);
    Expect(list.Front() == &item);
  }
  Expect(list.IsEmpty());
}

void VisitorsMayUnlinkWhatTheyVisit() {
  Item items[3];
  IntrusiveList<Item> list;
  for (Item& item : items) list.PushBack(&item);
  int visits = 0;
  list.ForEach([&](Item* item) {
    item->Unlink();
    visits++;
  });
  Expect(visits == 3);
  Expect(list.IsEmpty());
}

}  // namespace

long IntrusiveListTest() {
  checks = 0;
  ItemsLeaveFromAnyPlace();
  ItemsComeFirstOrLast();
  ADyingItemLeavesItsList();
  VisitorsMayUnlinkWhatTheyVisit();
  return checks;
}

}  // namespace uvio::test
