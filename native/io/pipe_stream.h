// A Unix socket's connection, accepted or made; or one end of a pipe, a
// terminal, or whatever else can be polled.
#ifndef UVIO_IO_PIPE_STREAM_H_
#define UVIO_IO_PIPE_STREAM_H_

#include <uv.h>

#include <string>

#include "io/stream.h"

namespace uvio {

class HangupWatch;

class PipeStream final : public Stream {
 public:
  // Not registered yet. Null, with *status negative, on failure.
  static PipeStream* New(StreamHub* hub, int* status);
  // The same, around a descriptor; on failure that is still the caller's.
  static PipeStream* Open(StreamHub* hub, int fd, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&pipe_); }
  uv_pipe_t* pipe() { return &pipe_; }

  int Connect(const std::string& path);
  // As for TCP, where it takes a while; once it is registered.
  void RecordConnected();

  // Where it can only be written to: EOF is recorded when nobody reads it any
  // more.
  int ReadStart(ReadMode mode) override;
  void ReadStop() override;
  // From the watch.
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
