// The base class of the handles that receive into the arenas: streams and
// datagram sockets. ReceiveQueue decides when one of them may read.
#ifndef UVIO_IO_RECEIVER_H_
#define UVIO_IO_RECEIVER_H_

#include <cstddef>
#include <cstdint>

#include "loop/io_handle.h"
#include "loop/receive_arenas.h"
#include "loop/records.h"
#include "util/intrusive_list.h"

namespace uvio {

// The list node links it into the queue of receivers that wait for room.
class Receiver : public IoHandle, public ListNode {
 public:
  // Reads again after a poll in which it had to wait.
  virtual void ResumeRead() = 0;

  ReadMode read_mode() const { return read_mode_; }

 protected:
  Receiver(Loop* loop, Kind kind, ReadMode mode, uint32_t expected_bytes)
      : IoHandle(loop, kind),
        read_mode_(mode),
        expected_bytes_(expected_bytes) {}

 private:
  friend class ReceiveQueue;

  // All written by ReceiveQueue only.
  ReadMode read_mode_;
  // How many bytes the next read is expected to bring.
  uint32_t expected_bytes_;
  // The bytes promised for the coming read; 0 if none are. Valid in the round
  // promise_round_ only.
  uint32_t promise_ = 0;
  // The low bits of the last round in which it has read. A round with the same
  // bits, much later, only delays a read to the next one.
  uint32_t read_round_ = 0;
  uint64_t promise_round_ = 0;
};

}  // namespace uvio

#endif  // UVIO_IO_RECEIVER_H_
