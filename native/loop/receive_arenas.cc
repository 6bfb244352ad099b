// Hands out receive memory, and retires full arenas.
#include "loop/receive_arenas.h"

#include <algorithm>
#include <utility>

#include "util/check.h"

namespace uvio {

ReceiveArenas::ReceiveArenas(Arena* transient, std::shared_ptr<ArenaPool> pool,
                             size_t lasting_size, CompletionRing* completions)
    : transient_(transient),
      pool_(std::move(pool)),
      lasting_size_(lasting_size),
      completions_(completions) {
  CHECK(transient_ != nullptr);
}

ReceiveArenas::~ReceiveArenas() {
  transient_->Unref();
  for (Arena* arena : lasting_) {
    if (arena != nullptr) arena->Unref();
  }
}

int32_t ReceiveArenas::Provide() {
  Arena* arena = Arena::New(pool_, lasting_size_);
  if (arena == nullptr) return -1;
  const auto free = std::find(lasting_.begin(), lasting_.end(), nullptr);
  const auto id = static_cast<int32_t>(free - lasting_.begin());
  if (free == lasting_.end()) {
    lasting_.push_back(arena);
  } else {
    *free = arena;
  }
  provided_.push_back(id);
  return id;
}

Arena* ReceiveArenas::Find(int32_t id) const {
  if (id == kTransientArena) return transient_;
  if (static_cast<uint32_t>(id) >= lasting_.size()) return nullptr;
  return lasting_[static_cast<size_t>(id)];
}

size_t ReceiveArenas::MinReadOf(size_t arena_size) {
  return std::min(kMinRead, std::max<size_t>(arena_size / 4, 1));
}

size_t ReceiveArenas::SizeOf(ReadMode mode) const {
  return mode == ReadMode::kTransient ? transient_->size() : lasting_size_;
}

size_t ReceiveArenas::MinRead(ReadMode mode) const {
  return MinReadOf(SizeOf(mode));
}

size_t ReceiveArenas::AlignmentOf(ReadMode mode) const {
  return SizeOf(mode) < kMinRead ? 1 : kAlignment;
}

size_t ReceiveArenas::RoundUp(ReadMode mode, size_t length) const {
  return RoundDown(mode, length + AlignmentOf(mode) - 1);
}

size_t ReceiveArenas::RoundDown(ReadMode mode, size_t length) const {
  return length & ~(AlignmentOf(mode) - 1);
}

void ReceiveArenas::RetireIfFull() {
  if (provided_.empty()) return;
  const Arena* arena = Find(provided_.front());
  if (arena->size() - current_used_ < MinRead(ReadMode::kLasting)) Retire();
}

void ReceiveArenas::RetireUnlessLarge() {
  if (provided_.empty() || current_used_ == 0) return;
  const Arena* arena = Find(provided_.front());
  if (arena->size() - current_used_ < kMaxRead) Retire();
}

void ReceiveArenas::Retire() {
  const int32_t id = provided_.front();
  provided_.pop_front();
  current_used_ = 0;
  retired_.push_back(id);
  completions_->Push(Op::kRetired, -1, 0, 0, id, 0);
}

bool ReceiveArenas::HasRoom(ReadMode mode) const {
  if (mode == ReadMode::kTransient) {
    return transient_->size() - transient_used_ >= MinRead(mode);
  }
  return !provided_.empty();
}

// The end of an arena that is too small for a read stays unused.
size_t ReceiveArenas::SureRoom(ReadMode mode) const {
  if (!HasRoom(mode)) return 0;
  const size_t unused = MinRead(mode) - 1;
  if (mode == ReadMode::kTransient) {
    return transient_->size() - transient_used_ - unused;
  }
  return provided_.size() * (lasting_size_ - unused) - current_used_;
}

bool ReceiveArenas::Reserve(ReadMode mode, size_t limit, Region* region) const {
  if (!HasRoom(mode)) return false;
  const bool is_transient = mode == ReadMode::kTransient;
  const Arena* arena = is_transient ? transient_ : Find(provided_.front());
  const size_t used = is_transient ? transient_used_ : current_used_;
  CHECK(used == RoundDown(mode, used));
  region->data = arena->data() + used;
  region->length = std::min(arena->size() - used, limit);
  return true;
}

ReceiveArenas::Place ReceiveArenas::Commit(ReadMode mode, size_t length) {
  const bool is_transient = mode == ReadMode::kTransient;
  const int32_t id = is_transient ? kTransientArena : provided_.front();
  size_t& used = is_transient ? transient_used_ : current_used_;
  const Place place = {id, static_cast<int32_t>(used)};
  used += length;
  CHECK(used <= Find(id)->size());
  used = std::min(RoundUp(mode, used), Find(id)->size());
  unhandled_ += length;
  return place;
}

void ReceiveArenas::OnConsumed() {
  transient_used_ = 0;
  unhandled_ = 0;
  for (const int32_t id : retired_) {
    lasting_[static_cast<size_t>(id)]->Unref();
    lasting_[static_cast<size_t>(id)] = nullptr;
  }
  retired_.clear();
}

}  // namespace uvio
