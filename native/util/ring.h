// The index arithmetic of the rings, without their memory.
//
//   counters run for ever (modulo 2^32); place = counter & (capacity - 1)
//
//          head          tail
//           v             v
//   ... | done | used | used | free | free | ...
//
// JavaScript may write any value into its counter, so Used() never exceeds the
// capacity.
#ifndef UVIO_UTIL_RING_H_
#define UVIO_UTIL_RING_H_

#include <cstdint>

#include "util/check.h"

namespace uvio {

class RingIndex {
 public:
  static constexpr uint32_t kMaxCapacity = 1u << 24;

  static bool IsCapacity(uint64_t records) {
    return records >= 1 && records <= kMaxCapacity &&
           (records & (records - 1)) == 0;
  }

  explicit RingIndex(uint32_t capacity) : capacity_(capacity) {
    CHECK(IsCapacity(capacity));
  }

  uint32_t capacity() const { return capacity_; }

  uint32_t PlaceOf(uint32_t counter) const { return counter & (capacity_ - 1); }

  uint32_t Used(uint32_t head, uint32_t tail) const {
    const uint32_t distance = tail - head;
    return distance > capacity_ ? capacity_ : distance;
  }

  uint32_t Free(uint32_t head, uint32_t tail) const {
    return capacity_ - Used(head, tail);
  }

 private:
  const uint32_t capacity_;
};

}  // namespace uvio

#endif  // UVIO_UTIL_RING_H_
