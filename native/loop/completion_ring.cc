// Appends records to the completion ring and its overflow list.
#include "loop/completion_ring.h"

#include <algorithm>
#include <limits>

namespace uvio {

CompletionRing::CompletionRing(int32_t* ints, size_t length)
    : memory_(ints, length) {
  memory_.StoreHead(0);
  memory_.StoreTail(0);
  memory_.StoreOverflow(0);
}

void CompletionRing::Detach() {
  memory_.Detach();
  overflow_.clear();
  overflow_head_ = 0;
}

size_t CompletionRing::Room() const {
  if (memory_.IsDetached() || OverflowSize() != 0) return 0;
  return memory_.index().Free(memory_.LoadHead(), tail_);
}

void CompletionRing::Push(Op op, int32_t slot, int32_t generation,
                          int32_t status, int32_t offset, int32_t length) {
  if (memory_.IsDetached()) return;
  const CompletionRecord record = {slot,   generation, static_cast<int32_t>(op),
                                   status, offset,     length};
  if (HasRoom()) {
    Append(record);
  } else {
    overflow_.push_back(record);
    PublishOverflow();
  }
}

void CompletionRing::Append(const CompletionRecord& record) {
  memory_.At(tail_) = record;
  tail_++;
  memory_.StoreTail(tail_);
}

uint32_t CompletionRing::Refill() {
  if (memory_.IsDetached() || OverflowSize() == 0) return 0;
  const uint32_t free = memory_.index().Free(memory_.LoadHead(), tail_);
  const uint32_t count =
      static_cast<uint32_t>(std::min<size_t>(free, OverflowSize()));
  for (uint32_t i = 0; i < count; i++) Append(overflow_[overflow_head_ + i]);
  overflow_head_ += count;
  if (OverflowSize() == 0) {
    overflow_.clear();
    overflow_head_ = 0;
  }
  PublishOverflow();
  return count;
}

bool CompletionRing::IsConsumed() const {
  return memory_.IsDetached() ||
         (OverflowSize() == 0 && memory_.LoadHead() == tail_);
}

void CompletionRing::PublishOverflow() {
  constexpr size_t kMax = std::numeric_limits<int32_t>::max();
  memory_.StoreOverflow(static_cast<int32_t>(std::min(OverflowSize(), kMax)));
}

}  // namespace uvio
