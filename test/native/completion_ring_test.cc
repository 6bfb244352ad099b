#include "loop/completion_ring.h"

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "native_tests.h"
#include "util/check.h"

namespace uvio::test {

namespace {

long checks = 0;

void Expect(long expected, long actual) {
  checks++;
  CHECK_EQ(expected, actual);
}

// The ring as TypeScript sees it.
struct Consumer {
  explicit Consumer(uint32_t capacity)
      : capacity(capacity),
        ints(kInts<RingHeader> + capacity * kInts<CompletionRecord>) {}

  uint32_t head() const { return static_cast<uint32_t>(ints[0]); }
  uint32_t tail() const { return static_cast<uint32_t>(ints[1]); }
  int32_t overflow() const { return ints[2]; }

  CompletionRecord Take() {
    const size_t place =
        kInts<RingHeader> + (head() & (capacity - 1)) * kInts<CompletionRecord>;
    const int32_t* record = &ints[place];
    ints[0] = static_cast<int32_t>(head() + 1);
    return {record[0], record[1], record[2], record[3], record[4], record[5]};
  }

  const uint32_t capacity;
  std::vector<int32_t> ints;
};

// Each bit of the program pushes or takes one record; what comes out is what
// went in, in order, whatever went through the overflow list on the way.
void OrderIsTotal(uint32_t capacity, unsigned steps) {
  for (uint32_t program = 0; program < (1u << steps); program++) {
    Consumer consumer(capacity);
    CompletionRing ring(consumer.ints.data(), consumer.ints.size());
    int32_t pushed = 0;
    int32_t taken = 0;
    int32_t in_ring = 0;
    int32_t waiting = 0;
    for (unsigned step = 0; step < steps; step++) {
      if ((program >> step) & 1) {
        const bool fits =
            waiting == 0 && in_ring < static_cast<int32_t>(capacity);
        Expect(fits, ring.HasRoom());
        ring.Push(Op::kEof, pushed++, 7, 0, 0, 0);
        (fits ? in_ring : waiting)++;
      } else if (in_ring > 0) {
        Expect(taken++, consumer.Take().slot);
        in_ring--;
      } else {
        const auto moved = static_cast<int32_t>(ring.Refill());
        Expect(waiting < static_cast<int32_t>(capacity)
                   ? waiting
                   : static_cast<int32_t>(capacity),
               moved);
        waiting -= moved;
        in_ring += moved;
      }
      Expect(waiting, consumer.overflow());
      Expect(in_ring, static_cast<int32_t>(consumer.tail() - consumer.head()));
      Expect(in_ring + waiting == 0, ring.IsConsumed());
    }
  }
}

// A head that JavaScript has spoiled makes the ring full, not unsafe.
void NonsenseHeadsAreHarmless() {
  for (const uint32_t head : {1u, 3u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    Consumer consumer(2);
    CompletionRing ring(consumer.ints.data(), consumer.ints.size());
    consumer.ints[0] = static_cast<int32_t>(head);
    for (int32_t i = 0; i < 8; i++) ring.Push(Op::kEof, i, 1, 0, 0, 0);
    ring.Refill();
    consumer.ints[0] = static_cast<int32_t>(consumer.tail());
    Expect(1, ring.Refill() <= 2);
  }
}

void ADetachedRingIsNotWritten() {
  Consumer consumer(2);
  CompletionRing ring(consumer.ints.data(), consumer.ints.size());
  for (int32_t i = 0; i < 3; i++) ring.Push(Op::kEof, i, 1, 0, 0, 0);
  ring.Detach();
  const std::vector<int32_t> before = consumer.ints;
  ring.Push(Op::kEof, 9, 1, 0, 0, 0);
  Expect(0, ring.Refill());
  Expect(0, ring.HasRoom());
  Expect(1, ring.IsConsumed());
  Expect(1, consumer.ints == before);
}

}  // namespace

long CompletionRingTest() {
  checks = 0;
  for (const uint32_t capacity : {1u, 2u, 4u}) OrderIsTotal(capacity, 14);
  NonsenseHeadsAreHarmless();
  ADetachedRingIsNotWritten();
  return checks;
}

}  // namespace uvio::test
