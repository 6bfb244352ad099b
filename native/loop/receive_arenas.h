// Provides the memory for received bytes.
//
// Transient: one arena, filled from its start during each poll and free again
// when a turn has handled every record. Lasting: arenas that TypeScript
// provides, each filled once from start to end. Buffers on a lasting arena may
// be kept for ever, so its memory is reused only after the last of them was
// collected.
#ifndef UVIO_LOOP_RECEIVE_ARENAS_H_
#define UVIO_LOOP_RECEIVE_ARENAS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "loop/arena.h"
#include "loop/completion_ring.h"
#include "loop/records.h"

namespace uvio {

class ReceiveArenas {
 public:
  // A read offers the kernel at most kMaxRead bytes. An arena with less than
  // kMinRead left is retired: reads would be cut into small pieces.
  static constexpr size_t kMaxRead = 256 << 10;
  // The limit of a read into the transient arena. A StreamReader pauses at as
  // many bytes, with its standard limit of 64 KiB.
  static constexpr size_t kMaxTransientRead = 128 << 10;
  // Also large enough for any datagram with its sender's address.
  static constexpr size_t kMinRead = (64 << 10) + 64;
  // Every read begins at a multiple of this many bytes: see ArenaPool.
  static constexpr size_t kAlignment = 64;

  // Takes the caller's reference to `transient`.
  ReceiveArenas(Arena* transient, std::shared_ptr<ArenaPool> pool,
                size_t lasting_size, CompletionRing* completions);
  ~ReceiveArenas();
  ReceiveArenas(const ReceiveArenas&) = delete;
  ReceiveArenas& operator=(const ReceiveArenas&) = delete;

  // Adds a lasting arena. Returns its id, or -1 when memory is exhausted.
  int32_t Provide();
  // Returns null for an unknown id. kTransientArena is a valid id.
  Arena* Find(int32_t id) const;

  struct Region {
    char* data;
    size_t length;
  };
  // Finds room for one read of at most `limit` bytes, valid until the next
  // call. Returns false if there is none.
  bool Reserve(ReadMode mode, size_t limit, Region* region) const;
  // Returns how many bytes fit for sure, in reads of any length, each rounded
  // up by RoundUp(). There may be room for one more read even if it is 0.
  size_t SureRoom(ReadMode mode) const;
  // Returns how many bytes a read of `length` bytes takes.
  size_t RoundUp(ReadMode mode, size_t length) const;
  size_t RoundDown(ReadMode mode, size_t length) const;
  // Returns the least that Reserve() finds without a lower limit.
  size_t MinRead(ReadMode mode) const;
  // Returns the most that one read into a lasting arena can bring.
  size_t MaxLastingRead() const { return std::min(kMaxRead, lasting_size_); }

  struct Place {
    int32_t arena;
    int32_t offset;
  };
  // Counts the bytes that were read into the last reserved region. Returns
  // their place.
  Place Commit(ReadMode mode, size_t length);
  // Retires the arena being filled if too little of it is left. Must be called
  // after the record of its last bytes was made.
  void RetireIfFull();
  // Retires the arena being filled if less than kMaxRead of it is left.
  void RetireUnlessLarge();

  // Called when TypeScript has handled every record.
  void OnConsumed();
  // Returns how many bytes were received since the last such call.
  size_t unhandled() const { return unhandled_; }

 private:
  // Arenas smaller than kMinRead (tests use them) are still filled in pieces.
  static size_t MinReadOf(size_t arena_size);
  size_t SizeOf(ReadMode mode) const;
  size_t AlignmentOf(ReadMode mode) const;
  bool HasRoom(ReadMode mode) const;
  void Retire();

  Arena* const transient_;
  size_t transient_used_ = 0;
  size_t unhandled_ = 0;

  const std::shared_ptr<ArenaPool> pool_;
  const size_t lasting_size_;
  CompletionRing* const completions_;
  // Indexed by id; null for unused ids.
  std::vector<Arena*> lasting_;
  // Ids of arenas not yet full, oldest first; the front one is being filled.
  std::deque<int32_t> provided_;
  size_t current_used_ = 0;
  // Full arenas. Their ids stay valid until TypeScript has handled RETIRED,
  // which is certain only when it has handled every record.
  std::vector<int32_t> retired_;
};

}  // namespace uvio

#endif  // UVIO_LOOP_RECEIVE_ARENAS_H_
