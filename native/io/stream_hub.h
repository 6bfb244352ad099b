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
  void AddRefused(Stream* stream) { refused_.PushBack(stream); }
  void AddRefused(DatagramSocket* socket) { refused_sockets_.PushBack(socket); }

  // The poll has recorded that its descriptor is ready.
  void AddFired(Poll* poll) { fired_.PushBack(poll); }

  // Sends what was submitted, and lets what was refused read where there is
  // room again.
  void OnBeforePoll();

 private:
  Loop& loop_;
  SubmissionQueue submissions_;
  WriteRequestPool write_requests_;
  IntrusiveList<Stream> refused_;
  IntrusiveList<DatagramSocket> refused_sockets_;
  IntrusiveList<Poll> fired_;
};

}  // namespace uvio

#endif  // UVIO_IO_STREAM_HUB_H_
