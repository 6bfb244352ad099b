// A bound TCP or Unix socket that accepts connections. They are accepted during
// the poll and recorded as ACCEPT. A connection reads nothing before
// ReadStart().
//
// uv_listen() is not used. When the process has run out of descriptors
// (EMFILE), libuv accepts the waiting connections, closes them and reports
// nothing. Here a uv_poll_t reports waiting connections, the error is recorded,
// and the connections stay in the kernel's queue until Permit().
#ifndef UVIO_IO_LISTENER_H_
#define UVIO_IO_LISTENER_H_

#include <uv.h>

#include "io/stream.h"
#include "loop/io_handle.h"
#include "util/intrusive_list.h"

namespace uvio {

class StreamHub;

// The list node links it into the hub's list of listeners that have stopped.
class Listener final : public IoHandle, public ListNode {
 public:
  static constexpr Kind kKind = Kind::kListener;

  static constexpr int kUnlimited = -1;

  // Takes ownership of the descriptor of a bound socket. Not registered yet. On
  // failure returns null with *status negative, and the caller still owns the
  // descriptor.
  static Listener* New(StreamHub* hub, int fd, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&poll_); }

  // Starts to listen. The kernel refuses connections before this.
  int Listen(int backlog);

  // Sets how many connections may be accepted from now on, or kUnlimited. The
  // others wait in the kernel's queue.
  int Permit(int count);

  // Called by the hub when a run has started: accepts again.
  void Resume();

 private:
  Listener(StreamHub* hub, int fd);

  static void OnReadable(uv_poll_t* poll, int status, int events);

  void OnClosing() override;
  // Polls if connections may be accepted, and stops polling otherwise.
  int Watch();
  // Records an error and accepts nothing more before Permit().
  void Fail(int status);
  int Accept();
  // Returns a stream on an accepted descriptor. On failure returns null with
  // *status negative and the descriptor closed.
  Stream* Adopt(int fd, const sockaddr* peer, int* status);

  StreamHub& hub_;
  uv_poll_t poll_;
  const int fd_;
  bool is_unix_ = false;
  bool is_listening_ = false;
  bool is_watching_ = false;
  int permits_ = kUnlimited;
  int backlog_ = 1;
};

}  // namespace uvio

#endif  // UVIO_IO_LISTENER_H_
