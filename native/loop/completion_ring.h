// Where events wait for the next turn: the ring, and behind it a list for what
// cannot be refused when the ring is full.
//
// Order is total: once one record waits in the list, every later one goes
// there too (data is refused then), until Refill() has emptied it.
#ifndef UVIO_LOOP_COMPLETION_RING_H_
#define UVIO_LOOP_COMPLETION_RING_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "loop/records.h"
#include "loop/ring_memory.h"

namespace uvio {

class CompletionRing {
 public:
  CompletionRing(int32_t* ints, size_t length);
  CompletionRing(const CompletionRing&) = delete;
  CompletionRing& operator=(const CompletionRing&) = delete;

  // Forgets the memory: nothing is recorded any more.
  void Detach();

  // How many records would go into the ring itself. Data is recorded only
  // there: refusing it costs nothing, the kernel keeps it.
  size_t Room() const;
  bool HasRoom() const { return Room() > 0; }

  // Into the ring, or the overflow list where it is full.
  void Push(Op op, int32_t slot, int32_t generation, int32_t status,
            int32_t offset, int32_t length);

  // Moves as many records as fit from the overflow list into the ring.
  uint32_t Refill();

  // Whether TypeScript has handled every record.
  bool IsConsumed() const;

 private:
  size_t OverflowSize() const { return overflow_.size() - overflow_head_; }
  void Append(const CompletionRecord& record);
  void PublishOverflow();

  RingMemory<CompletionRecord> memory_;
  // Ours; the shared copy is only written, so that JavaScript cannot move it.
  uint32_t tail_ = 0;
  // A queue: records before overflow_head_ have left for the ring.
  std::vector<CompletionRecord> overflow_;
  size_t overflow_head_ = 0;
};

}  // namespace uvio

#endif  // UVIO_LOOP_COMPLETION_RING_H_
