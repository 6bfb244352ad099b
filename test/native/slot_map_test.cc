#include "util/slot_map.h"

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <vector>

#include "native_tests.h"

namespace uvio::test {

namespace {

long checks = 0;

void Expect(bool condition) {
  checks++;
  CHECK(condition);
}

struct Live {
  SlotName name;
  int* value;
};

// Everything a program of inserts and removes can do in `steps` steps: each
// bit of the program is one of them, applied to the oldest or newest object.
void NamesFindTheirObjectAndNoOther(unsigned steps) {
  static int objects[64];
  for (uint64_t program = 0; program < (uint64_t{1} << (2 * steps));
       program++) {
    SlotMap<int> map;
    std::vector<Live> live;
    std::vector<SlotName> dead;
    for (unsigned step = 0; step < steps; step++) {
      const unsigned code = (program >> (2 * step)) & 3;
      if (code < 2 || live.empty()) {
        int* object = &objects[step];
        live.push_back({map.Insert(object), object});
      } else {
        const size_t index = code == 2 ? 0 : live.size() - 1;
        const SlotName name = live[index].name;
        map.Remove(name);
        dead.push_back(name);
        live.erase(live.begin() + static_cast<std::ptrdiff_t>(index));
      }
      Expect(map.size() == live.size());
      for (const Live& one : live) {
        Expect(map.Find(one.name.slot, one.name.generation) == one.value);
        Expect(map.GenerationOf(one.name.slot) == one.name.generation);
      }
      for (const SlotName& name : dead) {
        Expect(map.Find(name.slot, name.generation) == nullptr);
      }
    }
  }
}

void NonsenseFindsNothing() {
  SlotMap<int> map;
  int object = 0;
  const SlotName name = map.Insert(&object);
  constexpr int32_t kMin = std::numeric_limits<int32_t>::min();
  constexpr int32_t kMax = std::numeric_limits<int32_t>::max();
  for (const int32_t slot : {kMin, -1, 1, 2, kMax}) {
    Expect(map.Find(slot, name.generation) == nullptr);
    Expect(map.GenerationOf(slot) == -1);
  }
  for (const int32_t generation : {kMin, -1, 0, 2, kMax}) {
    Expect(map.Find(name.slot, generation) == nullptr);
  }
  map.Remove(name);
  // A free slot is found under no generation, the next one's included.
  for (int32_t generation = -2; generation < 5; generation++) {
    Expect(map.Find(name.slot, generation) == nullptr);
  }
}

void GenerationsStayPositive() {
  constexpr int32_t kMax = std::numeric_limits<int32_t>::max();
  Expect(SlotMap<int>::NextGeneration(1) == 2);
  Expect(SlotMap<int>::NextGeneration(kMax - 1) == kMax);
  Expect(SlotMap<int>::NextGeneration(kMax) == 1);
}

void VisitorsMayRemoveWhatTheyVisit() {
  SlotMap<int> map;
  int objects[5];
  SlotName names[5];
  for (int i = 0; i < 5; i++) names[i] = map.Insert(&objects[i]);
  map.Remove(names[2]);
  int visits = 0;
  map.ForEach([&](int* object) {
    Expect(object != &objects[2]);
    visits++;
    map.Remove(names[object - objects]);
  });
  Expect(visits == 4);
  Expect(map.size() == 0);
}

}  // namespace

long SlotMapTest() {
  checks = 0;
  NamesFindTheirObjectAndNoOther(7);
  NonsenseFindsNothing();
  GenerationsStayPositive();
  VisitorsMayRemoveWhatTheyVisit();
  return checks;
}

}  // namespace uvio::test
