// Divides the room for received bytes fairly among the receivers of a loop.
//
// A round is one poll and the turn after it.
//
// 1. A receiver reads at most once in a round, and at most kMaxRead bytes. The
//    rest stays in the kernel until the next round. libuv itself would read one
//    stream up to 32 times, and poll again up to 48 times.
// 2. A receiver that finds no room waits in a queue, first come, first served.
//    Before each poll, as many as the room allows are promised what they are
//    expected to read, and resumed. The others share only what is not promised.
//
// So a readable receiver that waits is overtaken by none that came later: it
// reads after those before it in the queue have read once each. epoll reports
// ready descriptors in much the same order each time, so without the promises
// the first ones could take all the room in every round.
#ifndef UVIO_IO_RECEIVE_QUEUE_H_
#define UVIO_IO_RECEIVE_QUEUE_H_

#include <cstddef>
#include <cstdint>

#include "io/receiver.h"
#include "loop/receive_arenas.h"
#include "loop/records.h"
#include "util/intrusive_list.h"

namespace uvio {

class ReceiveQueue {
 public:
  explicit ReceiveQueue(Loop* loop) : loop_(*loop) {}
  ReceiveQueue(const ReceiveQueue&) = delete;
  ReceiveQueue& operator=(const ReceiveQueue&) = delete;

  // Called before each poll: resumes the receivers that have room now.
  void BeginRound();

  // Whether the receiver has read in this round.
  bool HasRead(const Receiver* receiver) const {
    return receiver->read_round_ == static_cast<uint32_t>(round_);
  }
  // Finds room for a read. Returns false if the receiver must wait for it.
  bool Reserve(const Receiver* receiver, ReceiveArenas::Region* region) const;
  // Records DATA: `length` bytes in the reserved region. The receiver has read
  // in this round.
  void Commit(Receiver* receiver, size_t length);
  // Sets how many bytes the receiver's next read is expected to bring.
  static void Expect(Receiver* receiver, size_t bytes) {
    receiver->expected_bytes_ = static_cast<uint32_t>(bytes);
  }
  // Adds a receiver that has stopped reading. Has no effect if it waits
  // already.
  void Wait(Receiver* receiver);
  // Called when a receiver stops reading or closes: it waits no longer.
  void Leave(Receiver* receiver);
  // Changes the memory that a receiver reads into.
  void SetMode(Receiver* receiver, ReadMode mode);

 private:
  struct Share {
    // First refused, first resumed.
    IntrusiveList<Receiver> waiting;
    // The promised bytes of this round that were not read yet.
    size_t promised = 0;
  };

  Share& ShareOf(const Receiver* receiver) {
    return shares_[static_cast<size_t>(receiver->read_mode_)];
  }
  // Returns the bytes promised to the receiver in this round.
  size_t PromiseOf(const Receiver* receiver) const {
    return receiver->promise_round_ == round_ ? receiver->promise_ : 0;
  }
  void Resume(ReadMode mode);
  void EndPromise(Receiver* receiver);

  Loop& loop_;
  // Indexed by ReadMode, since each mode has its own memory.
  Share shares_[2];
  // How many receivers hold a promise. Each needs a completion record.
  size_t promises_ = 0;
  uint64_t round_ = 1;
};

}  // namespace uvio

#endif  // UVIO_IO_RECEIVE_QUEUE_H_
