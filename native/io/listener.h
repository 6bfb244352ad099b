// A bound socket that accepts connections: TCP or Unix, whatever its address
// is. They are accepted during the poll and recorded as ACCEPT; they read
// nothing until they are told to.
//
// By hand, on a uv_poll_t: where descriptors have run out, uv_listen() accepts
// what is waiting and closes it at once, and tells nobody. Here the connections
// stay in the kernel's queue until there is room again.
#ifndef UVIO_IO_LISTENER_H_
#define UVIO_IO_LISTENER_H_

#include <uv.h>

#include "io/stream.h"
#include "loop/io_handle.h"

namespace uvio {

class StreamHub;

class Listener final : public IoHandle {
 public:
  static constexpr Kind kKind = Kind::kListener;

  static constexpr int kUnlimited = -1;

  // Takes the descriptor of a bound socket. Not registered yet. Null, with
  // *status negative and the descriptor still the caller's, on failure.
  static Listener* New(StreamHub* hub, int fd, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&poll_); }

  // Connections are refused before this.
  int Listen(int backlog);

  // How many connections it may accept from now on, or kUnlimited. The others
  // wait in the kernel's queue.
  int Permit(int count);

 private:
  Listener(StreamHub* hub, int fd);

  static void OnReadable(uv_poll_t* poll, int status, int events);

  void OnClosing() override;
  // Polls if there is somebody to accept for.
  int Watch();
  // Records an error, after which nothing is accepted before Permit().
  void Fail(int status);
  int Accept();
  // A stream around an accepted descriptor. Null, with *status negative and the
  // descriptor closed, on failure.
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
