// Watches a descriptor that the program owns: for addReader, addWriter and the
// waits of loop.sock*. Readiness is recorded as POLL, once until the record was
// handled.
#ifndef UVIO_IO_POLL_H_
#define UVIO_IO_POLL_H_

#include <uv.h>

#include "loop/io_handle.h"
#include "util/intrusive_list.h"

namespace uvio {

class StreamHub;

// The list node links it into the hub's list of polls that have fired.
class Poll final : public IoHandle, public ListNode {
 public:
  static constexpr Kind kKind = Kind::kPoll;

  // Creates a poll, not registered yet. On failure returns null with *status
  // negative: UV_EPERM for a descriptor that cannot be polled, such as a file
  // on disk.
  static Poll* New(StreamHub* hub, int fd, int* status);
  ~Poll() override;

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&poll_); }

  // Polls for UV_READABLE, UV_WRITABLE, both or neither. Returns 0 or an error
  // code.
  int SetEvents(int events);
  // Returns whether the descriptor still refers to the watched file.
  bool IsOf(int fd) const;

  // Called by the hub before the next poll.
  void Resume();

 private:
  explicit Poll(StreamHub* hub);

  static void OnPoll(uv_poll_t* poll, int status, int events);

  void OnClosing() override;
  int Start();
  void Record(int status, int events);

  StreamHub& hub_;
  uv_poll_t poll_;
  // A duplicate of the descriptor. When the program closes its own and the
  // number is reused, libuv must not watch the new file.
  int fd_ = -1;
  int events_ = 0;
  bool is_started_ = false;
};

}  // namespace uvio

#endif  // UVIO_IO_POLL_H_
