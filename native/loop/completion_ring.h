// Holds events until the next turn: in the ring, and in an overflow list for
// events that cannot be refused when the ring is full.
//
// Order is total. While one record is in the list, every later one goes there
// too and data is refused, until Refill() has emptied the list.
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

  // Drops the memory: nothing is recorded from now on.
  void Detach();

  // Returns how many records fit into the ring itself. Data is recorded only
  // there: the kernel keeps refused bytes.
  size_t Room() const;
  bool HasRoom() const { return Room() > 0; }

  // Appends to the ring, or to the overflow list if the ring is full.
  void Push(Op op, int32_t slot, int32_t generation, int32_t status,
            int32_t offset, int32_t length);

  // Moves as many records as fit from the overflow list into the ring. Returns
  // how many.
  uint32_t Refill();

  // Returns whether TypeScript has handled every record.
  bool IsConsumed() const;

 private:
  size_t OverflowSize() const { return overflow_.size() - overflow_head_; }
  void Append(const CompletionRecord& record);
  void PublishOverflow();

  RingMemory<CompletionRecord> memory_;
  // The producer's counter. Its shared copy is never read, so JavaScript cannot
  // change it.
  uint32_t tail_ = 0;
  // A queue: records before overflow_head_ have been moved to the ring.
  std::vector<CompletionRecord> overflow_;
  size_t overflow_head_ = 0;
};

}  // namespace uvio

#endif  // UVIO_LOOP_COMPLETION_RING_H_
