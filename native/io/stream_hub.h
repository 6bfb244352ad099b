// What all streams and datagram sockets of one loop share.
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
  // The ring and the arena are SubmissionQueue's.
  StreamHub(Loop* loop, int32_t* ints, size_t length, Arena* send_arena);
  StreamHub(const StreamHub&) = delete;
  StreamHub& operator=(const StreamHub&) = delete;

  Loop& loop() const { return loop_; }
  SubmissionQueue& submissions() { return submissions_; }
  WriteRequestPool& write_requests() { return write_requests_; }

  // The stream found no room for what it could read; it has stopped reading.
  void AddRefused(Stream* stream) {
    refused_[Index(stream->read_mode())].PushBack(stream);
  }
  // Whether the coming poll is for streams that were refused in an earlier one.
  // Epoll names ready descriptors in much the same order each time: without
  // turns the first would take all the room for as long as their peers are
  // quick, and the last wait for ever.
  bool IsForResumed(ReadMode mode) const {
    return is_for_resumed_[Index(mode)];
  }
  void AddRefused(DatagramSocket* socket) { refused_sockets_.PushBack(socket); }

  // The poll has recorded that its descriptor is ready.
  void AddFired(Poll* poll) { fired_.PushBack(poll); }

  // Sends what was submitted, and lets what was refused read where there is
  // room again.
  void OnBeforePoll();

 private:
  static constexpr size_t Index(ReadMode mode) {
    return static_cast<size_t>(mode);
  }
  bool ResumeStreams(ReadMode mode);

  Loop& loop_;
  SubmissionQueue submissions_;
  WriteRequestPool write_requests_;
  // By ReadMode, each of which has memory of its own. First refused, first
  // resumed.
  IntrusiveList<Stream> refused_[2];
  bool is_for_resumed_[2] = {false, false};
  IntrusiveList<DatagramSocket> refused_sockets_;
  IntrusiveList<Poll> fired_;
};

}  // namespace uvio

#endif  // UVIO_IO_STREAM_HUB_H_
