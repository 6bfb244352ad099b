// A connection over a Unix socket, or one end of a pipe, a terminal or another
// descriptor that can be polled.
#ifndef UVIO_IO_PIPE_STREAM_H_
#define UVIO_IO_PIPE_STREAM_H_

#include <uv.h>

#include <string>

#include "io/stream.h"

namespace uvio {

class HangupWatch;

class PipeStream final : public Stream {
 public:
  // Creates a stream, not registered yet. Returns null with *status negative on
  // failure.
  static PipeStream* New(StreamHub* hub, int* status);
  // Creates a stream on a descriptor, not registered yet. On failure returns
  // null with *status negative, and the caller still owns the descriptor.
  static PipeStream* Open(StreamHub* hub, int fd, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&pipe_); }
  uv_pipe_t* pipe() { return &pipe_; }

  int Connect(const std::string& path);
  // Records CONNECT, as a TCP stream does later. Must be called after
  // Register().
  void RecordConnected();

  // Records EOF for a write-only stream when its reading end was closed.
  int ReadStart(ReadMode mode) override;
  void ReadStop() override;
  // Called by the watch when the reading end was closed.
  void OnHangup();

 private:
  explicit PipeStream(StreamHub* hub) : Stream(hub) {}

  void OnClosing() override;
  void StopWatch();

  HangupWatch* watch_ = nullptr;
  uv_pipe_t pipe_;
};

}  // namespace uvio

#endif  // UVIO_IO_PIPE_STREAM_H_
