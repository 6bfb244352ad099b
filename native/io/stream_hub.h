// The submissions, the write requests and the refused streams of one loop,
// shared by its streams, datagram sockets and polls.
#ifndef UVIO_IO_STREAM_HUB_H_
#define UVIO_IO_STREAM_HUB_H_

#include <cstddef>
#include <cstdint>

#include "io/datagram_socket.h"
#include "io/poll.h"
#include "io/stream.h"
#include "io/submission_queue.h"
#include "io/write_request.h"
#include "util/intrusive_list.h"

namespace uvio {

class Arena;
class Loop;

class StreamHub {
 public:
  // The ring and the arena are passed to SubmissionQueue.
  StreamHub(Loop* loop, int32_t* ints, size_t length, Arena* send_arena);
  StreamHub(const StreamHub&) = delete;
  StreamHub& operator=(const StreamHub&) = delete;

  Loop& loop() const { return loop_; }
  SubmissionQueue& submissions() { return submissions_; }
  WriteRequestPool& write_requests() { return write_requests_; }

  // Adds a stream that found no room for its bytes and has stopped reading.
  void AddRefused(Stream* stream) {
    refused_[Index(stream->read_mode())].PushBack(stream);
  }
  // Whether only resumed streams may read in the coming poll. epoll reports
  // ready descriptors in much the same order each time. Without this, the first
  // streams would take all the room while their peers are fast, and the last
  // would wait for ever.
  bool IsForResumed(ReadMode mode) const {
    return is_for_resumed_[Index(mode)];
  }
  void AddRefused(DatagramSocket* socket) { refused_sockets_.PushBack(socket); }

  // Adds a poll that has recorded its readiness.
  void AddFired(Poll* poll) { fired_.PushBack(poll); }

  // Sends all submissions, and resumes what was refused if there is room again.
  void OnBeforePoll();

 private:
  static constexpr size_t Index(ReadMode mode) {
    return static_cast<size_t>(mode);
  }
  bool ResumeStreams(ReadMode mode);

  Loop& loop_;
  SubmissionQueue submissions_;
  WriteRequestPool write_requests_;
  // Indexed by ReadMode, since each mode has its own memory. First refused,
  // first resumed.
  IntrusiveList<Stream> refused_[2];
  bool is_for_resumed_[2] = {false, false};
  IntrusiveList<DatagramSocket> refused_sockets_;
  IntrusiveList<Poll> fired_;
};

}  // namespace uvio

#endif  // UVIO_IO_STREAM_HUB_H_
