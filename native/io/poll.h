// Watches a descriptor that is not ours: addReader, addWriter, and the waits of
// sockets. Readiness is recorded as POLL, once until it has been handled.
#ifndef UVIO_IO_POLL_H_
#define UVIO_IO_POLL_H_

#include <uv.h>

#include "loop/io_handle.h"
#include "util/intrusive_list.h"

namespace uvio {

class StreamHub;

// The list node links it into the hub's list of those that have fired.
class Poll final : public IoHandle, public ListNode {
 public:
  static constexpr Kind kKind = Kind::kPoll;

  // Not registered yet. Null, with *status negative, on failure: UV_EPERM for
  // what cannot be waited for, as files on disk.
  static Poll* New(StreamHub* hub, int fd, int* status);
  ~Poll() override;

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&poll_); }

  // UV_READABLE, UV_WRITABLE, both or neither. Returns 0 or an error code.
  int SetEvents(int events);
  // Whether the descriptor is still that of what is watched.
  bool IsOf(int fd) const;

  // The hub asks both after the turn.
  bool HasRoomToRead() const;
  void ResumeRead();

 private:
  explicit Poll(StreamHub* hub);

  static void OnPoll(uv_poll_t* poll, int status, int events);

  void OnClosing() override;
  int Start();
  void Record(int status, int events);

  StreamHub& hub_;
  uv_poll_t poll_;
  // Our own copy of the descriptor: when its owner closes his, and the number
  // becomes somebody else's, libuv must not watch that.
  int fd_ = -1;
  int events_ = 0;
  bool is_started_ = false;
};

}  // namespace uvio

#endif  // UVIO_IO_POLL_H_
