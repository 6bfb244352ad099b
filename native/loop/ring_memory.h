// A ring in memory that is shared with JavaScript: the places of its header and
// its records. The memory is untrusted: counters are read once per use and
// clamped.
#ifndef UVIO_LOOP_RING_MEMORY_H_
#define UVIO_LOOP_RING_MEMORY_H_

#include <cstddef>
#include <cstdint>

#include "loop/records.h"
#include "util/ring.h"

namespace uvio {

template <typename Record>
class RingMemory {
 public:
  // Whether that many ints hold a header and a power of two of records.
  static bool IsLength(size_t ints) {
    return ints > kInts<RingHeader> &&
           (ints - kInts<RingHeader>) % kInts<Record> == 0 &&
           RingIndex::IsCapacity(CapacityOf(ints));
  }

  // The memory must stay valid until Detach().
  RingMemory(int32_t* ints, size_t length)
      : index_(static_cast<uint32_t>(CapacityOf(length))),
        header_(reinterpret_cast<RingHeader*>(ints)),
        records_(reinterpret_cast<Record*>(ints + kInts<RingHeader>)) {}

  void Detach() { header_ = nullptr; }
  bool IsDetached() const { return header_ == nullptr; }

  const RingIndex& index() const { return index_; }
  Record& At(uint32_t counter) { return records_[index_.PlaceOf(counter)]; }

  // Relaxed atomics: the memory can be shared with other threads, and a
  // compiler that trusts plain loads may read a counter twice.
  uint32_t LoadHead() const { return Load(&header_->head); }
  uint32_t LoadTail() const { return Load(&header_->tail); }
  void StoreHead(uint32_t value) { Store(&header_->head, value); }
  void StoreTail(uint32_t value) { Store(&header_->tail, value); }
  void StoreOverflow(int32_t value) { Store(&header_->overflow, value); }

 private:
  static size_t CapacityOf(size_t ints) {
    return (ints - kInts<RingHeader>) / kInts<Record>;
  }

  template <typename T>
  static T Load(const T* from) {
    return __atomic_load_n(from, __ATOMIC_RELAXED);
  }

  template <typename T>
  static void Store(T* to, T value) {
    __atomic_store_n(to, value, __ATOMIC_RELAXED);
  }

  const RingIndex index_;
  RingHeader* header_;
  Record* const records_;
};

}  // namespace uvio

#endif  // UVIO_LOOP_RING_MEMORY_H_
