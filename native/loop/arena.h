// Memory that C++ owns and counts, lent to JavaScript as ArrayBuffers.
//
// JavaScript can detach or transfer any ArrayBuffer it can reach, so the
// memory never belongs to one: the buffer's finaliser only drops a reference.
//
// napi_adjust_external_memory is not used: V8 already counts the byte length
// of an external ArrayBuffer, and counting it twice would only make it collect
// garbage twice as often.
#ifndef UVIO_LOOP_ARENA_H_
#define UVIO_LOOP_ARENA_H_

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace uvio {

// How many arenas JavaScript can still reach. Arenas outlive their loop, and
// the loops outlive neither the environment's count nor their own.
struct ArenaCount {
  int64_t lent = 0;
};

// Keeps blocks of one size whose pages are warm: fresh memory costs page
// faults, which for large receive buffers is what limits throughput.
class ArenaPool {
 public:
  ArenaPool(size_t block_size, std::shared_ptr<ArenaCount> total);
  ~ArenaPool();
  ArenaPool(const ArenaPool&) = delete;
  ArenaPool& operator=(const ArenaPool&) = delete;

  int64_t lent() const { return own_.lent; }

 private:
  friend class Arena;

  // Kept at most, in bytes: enough for a burst, little beside a heap.
  static constexpr size_t kLimit = 64 << 20;

  // Null when there is no memory.
  char* Take(size_t size);
  void Give(char* block, size_t size);

  const size_t block_size_;
  std::vector<char*> blocks_;
  ArenaCount own_;
  const std::shared_ptr<ArenaCount> total_;
};

class Arena {
 public:
  // With one reference, the caller's. Null when there is no memory.
  static Arena* New(const std::shared_ptr<ArenaPool>& pool, size_t size);
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void Unref();

  // An ArrayBuffer over the memory, holding a reference until it is collected.
  // To be called once. Null with an exception pending on failure.
  napi_value Lend(napi_env env);

  char* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  Arena(std::shared_ptr<ArenaPool> pool, char* data, size_t size);
  ~Arena();

  // Runs on the environment's thread, possibly after the loop has gone.
  static void OnCollected(napi_env env, void* data, void* hint);

  const std::shared_ptr<ArenaPool> pool_;
  char* const data_;
  const size_t size_;
  int references_ = 1;
};

}  // namespace uvio

#endif  // UVIO_LOOP_ARENA_H_
