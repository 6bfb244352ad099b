// Allocates arenas and lends them to JavaScript.
#include "loop/arena.h"

#include <cstdlib>
#include <utility>

#include "util/check.h"

namespace uvio {

ArenaPool::ArenaPool(size_t block_size, std::shared_ptr<ArenaCount> total)
    : block_size_(block_size), total_(std::move(total)) {}

ArenaPool::~ArenaPool() {
  for (const Block& block : blocks_) std::free(block.base);
}

ArenaPool::Block ArenaPool::Take(size_t size) {
  if (size == block_size_ && !blocks_.empty()) {
    const Block block = blocks_.back();
    blocks_.pop_back();
    return block;
  }
  // Zeroed, so that JavaScript never sees old contents of the heap. For large
  // blocks this is free: calloc takes untouched pages from the kernel.
  void* base = std::calloc(1, size + kPageSize);
  if (base == nullptr) return {nullptr, nullptr};
  const auto address = reinterpret_cast<uintptr_t>(base);
  const size_t skipped = (kPlaceInPage - address) % kPageSize;
  return {base, static_cast<char*>(base) + skipped};
}

void ArenaPool::StopKeeping() {
  keeps_ = false;
  for (const Block& block : blocks_) std::free(block.base);
  blocks_.clear();
}

void ArenaPool::Give(Block block, size_t size) {
  if (keeps_ && size == block_size_ &&
      (blocks_.size() + 1) * block_size_ <= kLimit) {
    blocks_.push_back(block);
  } else {
    std::free(block.base);
  }
}

Arena* Arena::New(const std::shared_ptr<ArenaPool>& pool, size_t size) {
  const ArenaPool::Block block = pool->Take(size);
  return block.base == nullptr ? nullptr : new Arena(pool, block, size);
}

Arena::Arena(std::shared_ptr<ArenaPool> pool, ArenaPool::Block block,
             size_t size)
    : pool_(std::move(pool)), block_(block), size_(size) {
  CHECK(reinterpret_cast<uintptr_t>(data()) % ArenaPool::kPageSize ==
        ArenaPool::kPlaceInPage);
}

Arena::~Arena() { pool_->Give(block_, size_); }

void Arena::Unref() {
  CHECK(references_ > 0);
  if (--references_ == 0) delete this;
}

napi_value Arena::Lend(napi_env env) {
  napi_value result = nullptr;
  references_++;  // Dropped in OnCollected().
  if (napi_create_external_arraybuffer(env, data(), size_, OnCollected, this,
                                       &result) != napi_ok) {
    // The finaliser may still run after this failure, or never. Keeping the
    // memory is safe in both cases, and may leak one arena.
    bool is_pending = false;
    napi_is_exception_pending(env, &is_pending);
    if (!is_pending) {
      napi_throw_error(env, nullptr,
                       "This runtime cannot lend native memory to JavaScript");
    }
    return nullptr;
  }
  pool_->own_.lent++;
  pool_->total_->lent++;
  return result;
}

void Arena::OnCollected(napi_env, void*, void* hint) {
  auto* arena = static_cast<Arena*>(hint);
  arena->pool_->own_.lent--;
  arena->pool_->total_->lent--;
  arena->Unref();
}

}  // namespace uvio
