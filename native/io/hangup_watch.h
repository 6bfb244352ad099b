// Tells the writing end of a pipe that nobody can read any more. libuv does
// not look at a stream that can only be written to until it is written to.
#ifndef UVIO_IO_HANGUP_WATCH_H_
#define UVIO_IO_HANGUP_WATCH_H_

#include <uv.h>

#include "loop/io_handle.h"

namespace uvio {

class PipeStream;

// Polls a duplicate of the stream's descriptor, as libuv allows one watcher
// for each. Never registered: the stream closes it.
class HangupWatch final : public IoHandle {
 public:
  // Null, with *status negative, on failure.
  static HangupWatch* New(PipeStream* stream, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&poll_); }

 private:
  HangupWatch(PipeStream* stream, int fd);

  // The duplicate goes at once, or the reader would not see the end yet.
  void OnClosing() override;
  static void OnPoll(uv_poll_t* poll, int status, int events);

  PipeStream& stream_;
  const int fd_;
  uv_poll_t poll_;
};

}  // namespace uvio

#endif  // UVIO_IO_HANGUP_WATCH_H_
