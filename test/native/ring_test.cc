#include "util/ring.h"

#include <cstdint>
#include <initializer_list>

#include "native_tests.h"

namespace uvio::test {

namespace {

long checks = 0;

void Expect(uint64_t expected, uint64_t actual) {
  checks++;
  CHECK_EQ(expected, actual);
}

// Every fill level at every position, across the wrap of the 32-bit counters.
void CountersWrapAround(uint32_t capacity) {
  const RingIndex index(capacity);
  const uint32_t start = 0u - 3 * capacity;
  for (uint32_t step = 0; step < 6 * capacity; step++) {
    const uint32_t head = start + step;
    for (uint32_t used = 0; used <= capacity; used++) {
      const uint32_t tail = head + used;
      Expect(used, index.Used(head, tail));
      Expect(capacity - used, index.Free(head, tail));
      Expect(head % capacity, index.PlaceOf(head));
    }
  }
}

// For any value that JavaScript writes into its counter, no loop runs past the
// capacity.
void NonsenseIsClamped(uint32_t capacity) {
  const RingIndex index(capacity);
  const uint32_t values[] = {0,          1,          capacity,   capacity + 1,
                             0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
  for (const uint32_t head : values) {
    for (const uint32_t tail : values) {
      const uint32_t used = index.Used(head, tail);
      Expect(1, used <= capacity);
      Expect(capacity, used + index.Free(head, tail));
      if (tail - head <= capacity) Expect(tail - head, used);
    }
  }
}

void OnlyPowersOfTwoAreCapacities() {
  for (uint64_t records = 0; records < 5000; records++) {
    uint64_t power = 1;
    while (power < records) power *= 2;
    Expect(records != 0 && power == records, RingIndex::IsCapacity(records));
  }
  Expect(1, RingIndex::IsCapacity(RingIndex::kMaxCapacity));
  Expect(0, RingIndex::IsCapacity(uint64_t{RingIndex::kMaxCapacity} * 2));
  Expect(0, RingIndex::IsCapacity(uint64_t{1} << 32));
}

}  // namespace

long RingTest() {
  checks = 0;
  for (const uint32_t capacity : {1u, 2u, 4u, 8u}) {
    CountersWrapAround(capacity);
    NonsenseIsClamped(capacity);
  }
  OnlyPowersOfTwoAreCapacities();
  return checks;
}

}  // namespace uvio::test
