// Where received bytes land.
//
// Transient: one arena, filled from its start during each poll and free again
// when a turn has handled every record. Lasting: arenas that TypeScript
// provides, each filled once from start to end; Buffers looking into one may be
// kept for ever, so its memory comes back only when JavaScript has let go.
#ifndef UVIO_LOOP_RECEIVE_ARENAS_H_
#define UVIO_LOOP_RECEIVE_ARENAS_H_

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
  // A read offers the kernel at most kMaxRead; with less than kMinRead left it
  // would be cut into small pieces, so the rest of the arena is given up.
  static constexpr size_t kMaxRead = 256 << 10;
  // It is also what the largest datagram takes, with its sender's address.
  static constexpr size_t kMinRead = (64 << 10) + 32;

  // Takes the caller's reference to `transient`.
  ReceiveArenas(Arena* transient, std::shared_ptr<ArenaPool> pool,
                size_t lasting_size, CompletionRing* completions);
  ~ReceiveArenas();
  ReceiveArenas(const ReceiveArenas&) = delete;
  ReceiveArenas& operator=(const ReceiveArenas&) = delete;

  // Makes one more lasting arena. Returns its id, or -1 without memory.
  int32_t Provide();
  // Null for what is no arena's id (kTransientArena is one).
  Arena* Find(int32_t id) const;

  struct Region {
    char* data;
    size_t length;
  };
  // Room for one read; false when there is none. Good until the next call.
  bool Reserve(ReadMode mode, Region* region);
  bool HasRoom(ReadMode mode) const;
  // Bytes there is room for, in reads of whatever length; 0 without HasRoom().
  size_t Room(ReadMode mode) const;

  struct Place {
    int32_t arena;
    int32_t offset;
  };
  // What was read into the region that Reserve() gave last.
  Place Commit(ReadMode mode, size_t length);
  // Gives up the arena being filled when too little is left of it. To be
  // called once the record of its last bytes has been made.
  void RetireIfFull();
  // Gives it up when less than the most that can be read at once is left.
  void RetireUnlessLarge();

  // TypeScript has handled every record.
  void OnConsumed();

 private:
  static size_t MinRead(const Arena* arena);
  void Retire();

  Arena* const transient_;
  size_t transient_used_ = 0;

  const std::shared_ptr<ArenaPool> pool_;
  const size_t lasting_size_;
  CompletionRing* const completions_;
  // By id; null for ids not in use.
  std::vector<Arena*> lasting_;
  // Ids of arenas not yet full, oldest first; the front one is being filled.
  std::deque<int32_t> provided_;
  size_t current_used_ = 0;
  // Full ones. Their ids name them until TypeScript has seen RETIRED, which is
  // certain only when it has handled every record.
  std::vector<int32_t> retired_;
};

}  // namespace uvio

#endif  // UVIO_LOOP_RECEIVE_ARENAS_H_
