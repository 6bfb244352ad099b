// Detects that the reading end of a pipe was closed, for a stream at its
// writing end. libuv alone would notice that only at the next write.
#ifndef UVIO_IO_HANGUP_WATCH_H_
#define UVIO_IO_HANGUP_WATCH_H_

#include <uv.h>

#include "loop/io_handle.h"

namespace uvio {

class PipeStream;

// Polls a duplicate of the stream's descriptor, as libuv allows one watcher per
// descriptor. Never registered: the stream closes it.
class HangupWatch final : public IoHandle {
 public:
  // Returns null with *status negative on failure.
  static HangupWatch* New(PipeStream* stream, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&poll_); }

 private:
  HangupWatch(PipeStream* stream, int fd);

  // Closes the duplicate immediately: while it is open, the reader does not see
  // the end of the pipe.
  void OnClosing() override;
  static void OnPoll(uv_poll_t* poll, int status, int events);

  PipeStream& stream_;
  const int fd_;
  uv_poll_t poll_;
};

}  // namespace uvio

#endif  // UVIO_IO_HANGUP_WATCH_H_
