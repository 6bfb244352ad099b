// The submissions, the write requests and the receive queue of one loop, shared
// by its streams, datagram sockets and polls.
#ifndef UVIO_IO_STREAM_HUB_H_
#define UVIO_IO_STREAM_HUB_H_

#include <cstddef>
#include <cstdint>

#include "io/listener.h"
#include "io/poll.h"
#include "io/receive_queue.h"
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

  ReceiveQueue& receives() { return receives_; }

  // Adds a poll that has recorded its readiness.
  void AddFired(Poll* poll) { fired_.PushBack(poll); }

  // Adds a listener that accepts nothing while no run is in progress.
  void AddStopped(Listener* listener) { stopped_.PushBack(listener); }

  // Sends all submissions, and resumes what has stopped if there is room again.
  void OnBeforePoll();

 private:
  void ResumePolls();
  void ResumeListeners();

  Loop& loop_;
  SubmissionQueue submissions_;
  WriteRequestPool write_requests_;
  ReceiveQueue receives_;
  IntrusiveList<Poll> fired_;
  IntrusiveList<Listener> stopped_;
};

}  // namespace uvio

#endif  // UVIO_IO_STREAM_HUB_H_
