// Memory that C++ owns and counts, lent to JavaScript as ArrayBuffers.
//
// JavaScript can detach or transfer any ArrayBuffer it can reach, so a buffer
// never owns the memory: its finaliser only drops a reference.
//
// napi_adjust_external_memory is not used: V8 already counts the length of an
// external ArrayBuffer. Counting it twice would make V8 collect garbage twice
// as often.
#ifndef UVIO_LOOP_ARENA_H_
#define UVIO_LOOP_ARENA_H_

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace uvio {

// The number of arenas that JavaScript can still reach. Shared, because an
// arena may outlive its loop and then still be counted.
struct ArenaCount {
  int64_t lent = 0;
};

// Keeps used blocks of one size. Fresh memory costs page faults, which limit
// the throughput of large receive buffers.
//
// Data begin 64 bytes after a page begins. `rep movsb`, by which the kernel and
// glibc copy large pieces, is 16 times slower on AMD's Zen 3 and 4 if (to -
// from) mod 4096 is 1 to 31 (glibc bug 30994). Large pieces lie at the start of
// a page in the kernel and 16 bytes later in memory of malloc(), so both
// directions are quick.
class ArenaPool {
 public:
  static constexpr size_t kPageSize = 4096;
  static constexpr size_t kPlaceInPage = 64;

  ArenaPool(size_t block_size, std::shared_ptr<ArenaCount> total);
  ~ArenaPool();
  ArenaPool(const ArenaPool&) = delete;
  ArenaPool& operator=(const ArenaPool&) = delete;

  int64_t lent() const { return own_.lent; }

  // Called when the loop is closed: frees the blocks and keeps no more, since a
  // closed loop that is still referenced keeps its pool.
  void StopKeeping();

 private:
  friend class Arena;

  // The most bytes that are kept: enough for a burst, little beside a heap.
  static constexpr size_t kLimit = 64 << 20;

  struct Block {
    // The address that was allocated; null if memory was exhausted.
    void* base;
    char* data;
  };

  Block Take(size_t size);
  void Give(Block block, size_t size);

  const size_t block_size_;
  std::vector<Block> blocks_;
  bool keeps_ = true;
  ArenaCount own_;
  const std::shared_ptr<ArenaCount> total_;
};

class Arena {
 public:
  // Creates an arena with one reference, the caller's. Returns null when memory
  // is exhausted.
  static Arena* New(const std::shared_ptr<ArenaPool>& pool, size_t size);
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void Unref();

  // Returns an ArrayBuffer on the memory, which holds a reference until it is
  // collected. May be called once. Returns null with an exception pending on
  // failure.
  napi_value Lend(napi_env env);

  char* data() const { return block_.data; }
  size_t size() const { return size_; }

 private:
  Arena(std::shared_ptr<ArenaPool> pool, ArenaPool::Block block, size_t size);
  ~Arena();

  // Runs on the environment's thread, possibly after the loop was freed.
  static void OnCollected(napi_env env, void* data, void* hint);

  const std::shared_ptr<ArenaPool> pool_;
  const ArenaPool::Block block_;
  const size_t size_;
  int references_ = 1;
};

}  // namespace uvio

#endif  // UVIO_LOOP_ARENA_H_
