// Sends TypeScript's submissions, with one system call per connection
// (uv/try_write.h).
//
// Records of many connections interleave in the ring, as the microtasks of many
// async functions do. So they are first sorted into one chain of pieces per
// connection, and adjacent pieces of the arena are merged into one buffer. A
// record of a datagram socket is one datagram, after its packed address.
#ifndef UVIO_IO_SUBMISSION_QUEUE_H_
#define UVIO_IO_SUBMISSION_QUEUE_H_

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "loop/records.h"
#include "loop/ring_memory.h"
#include "util/slot_map.h"
#include "uv/datagram.h"

namespace uvio {

class Arena;
class IoHandle;
class Stream;
class DatagramSocket;

class SubmissionQueue {
 public:
  // Takes the caller's reference to the arena.
  SubmissionQueue(int32_t* ints, size_t length, Arena* arena,
                  SlotMap<IoHandle>* slots);
  ~SubmissionQueue();
  SubmissionQueue(const SubmissionQueue&) = delete;
  SubmissionQueue& operator=(const SubmissionQueue&) = delete;

  // Drops the ring's memory: nothing is sent from now on.
  void Detach();

  // Sends all submissions. Errors are recorded as WRITTEN.
  void SendAll();
  // Sends the submissions of one connection and then `last`, if it is given,
  // together. Returns 0 or the first write error.
  int Send(Stream* stream, const uv_buf_t* last = nullptr);
  // Sends all submitted datagrams.
  void SendDatagrams();
  // Drops the submissions of a stream that is closing.
  void Drop(Stream* stream);

 private:
  struct Piece {
    uint32_t offset;
    uint32_t length;
    int32_t next;  // -1: the last one of its stream.
  };

  static constexpr uint32_t kMaxBuffers = 1024;  // Linux's and macOS's IOV_MAX.

  void Absorb();
  void AbsorbOne(const SubmissionRecord& record);
  void AddDatagram(DatagramSocket* socket, uint32_t offset, uint32_t length);
  void SendBatch();
  Stream* FindStream(SlotName name) const;
  int SendPieces(Stream* stream, const uv_buf_t* last);
  void Release();

  RingMemory<SubmissionRecord> memory_;
  Arena* const arena_;
  SlotMap<IoHandle>& slots_;
  // Records before it are in pieces_. HEAD follows only when all pieces have
  // been sent, because TypeScript then reuses the arena from its start.
  uint32_t absorbed_ = 0;
  // As many as the ring has records: a record makes at most one piece.
  const std::unique_ptr<Piece[]> pieces_;
  uint32_t piece_count_ = 0;
  uint32_t unsent_pieces_ = 0;
  // The streams with pieces, in the order of their first record. Kept by name,
  // because a stream may close.
  std::vector<SlotName> touched_;
  const std::unique_ptr<uv_buf_t[]> buffers_;
  // Consecutive datagrams of one socket, which are sent together. Their bytes
  // stay in the arena. The batch is empty between two calls of Absorb().
  static constexpr size_t kMaxBatch = 32;
  DatagramSocket* batch_socket_ = nullptr;
  size_t batch_count_ = 0;
  const std::unique_ptr<Datagram[]> batch_;
};

}  // namespace uvio

#endif  // UVIO_IO_SUBMISSION_QUEUE_H_
