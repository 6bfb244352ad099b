// Names native objects for JavaScript: a slot (a small index, reused) and the
// slot's generation, incremented when its object is removed. A name that
// outlives its object finds nothing, never the slot's next object.
#ifndef UVIO_UTIL_SLOT_MAP_H_
#define UVIO_UTIL_SLOT_MAP_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "util/check.h"

namespace uvio {

struct SlotName {
  int32_t slot = -1;
  int32_t generation = 0;
};

template <typename T>
class SlotMap {
 public:
  SlotMap() = default;
  SlotMap(const SlotMap&) = delete;
  SlotMap& operator=(const SlotMap&) = delete;

  // Does not take ownership.
  SlotName Insert(T* value) {
    CHECK(value != nullptr);
    int32_t slot = first_free_;
    if (slot == kNone) {
      CHECK(entries_.size() <
            static_cast<size_t>(std::numeric_limits<int32_t>::max()));
      slot = static_cast<int32_t>(entries_.size());
      entries_.push_back({});
    } else {
      first_free_ = entries_[static_cast<size_t>(slot)].next_free;
    }
    Entry& entry = entries_[static_cast<size_t>(slot)];
    entry.value = value;
    entry.next_free = kNone;
    size_++;
    return {slot, entry.generation};
  }

  // Returns null unless the slot and the generation name a present object.
  T* Find(int32_t slot, int32_t generation) const {
    if (static_cast<uint32_t>(slot) >= entries_.size()) return nullptr;
    const Entry& entry = entries_[static_cast<size_t>(slot)];
    return entry.generation == generation ? entry.value : nullptr;
  }

  void Remove(SlotName name) {
    CHECK(Find(name.slot, name.generation) != nullptr);
    Entry& entry = entries_[static_cast<size_t>(name.slot)];
    entry.value = nullptr;
    entry.generation = NextGeneration(entry.generation);
    entry.next_free = first_free_;
    first_free_ = name.slot;
    size_--;
  }

  // Returns -1 for an unused slot.
  int32_t GenerationOf(int32_t slot) const {
    if (static_cast<uint32_t>(slot) >= entries_.size()) return -1;
    const Entry& entry = entries_[static_cast<size_t>(slot)];
    return entry.value != nullptr ? entry.generation : -1;
  }

  size_t size() const { return size_; }

  // The visitor may remove the object it is given, but no other object.
  template <typename Visitor>
  void ForEach(Visitor visit) {
    for (size_t i = 0; i < entries_.size(); i++) {
      if (entries_[i].value != nullptr) visit(entries_[i].value);
    }
  }

  // Generations are 1 to 2^31 - 1, so that a JavaScript Int32Array holds them
  // and 0 is never a valid generation.
  static int32_t NextGeneration(int32_t generation) {
    return generation == std::numeric_limits<int32_t>::max() ? 1
                                                             : generation + 1;
  }

 private:
  static constexpr int32_t kNone = -1;

  struct Entry {
    T* value = nullptr;
    int32_t generation = 1;
    // Meaningful only while value is null.
    int32_t next_free = kNone;
  };

  std::vector<Entry> entries_;
  // Last in, first out: the slot freed last is probably still in the cache.
  int32_t first_free_ = kNone;
  size_t size_ = 0;
};

}  // namespace uvio

#endif  // UVIO_UTIL_SLOT_MAP_H_
