// One connection over a Unix socket, accepted or made.
#ifndef UVIO_IO_PIPE_STREAM_H_
#define UVIO_IO_PIPE_STREAM_H_

#include <uv.h>

#include <string>

#include "io/stream.h"

namespace uvio {

class PipeStream final : public Stream {
 public:
  // Not registered yet. Null, with *status negative, on failure.
  static PipeStream* New(StreamHub* hub, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&pipe_); }

  uv_pipe_t* pipe() { return &pipe_; }

  int Connect(const std::string& path);
  // As for TCP, where it takes a while; once it is registered.
  void RecordConnected();

 private:
  explicit PipeStream(StreamHub* hub) : Stream(hub) {}

  uv_pipe_t pipe_;
};

}  // namespace uvio

#endif  // UVIO_IO_PIPE_STREAM_H_
