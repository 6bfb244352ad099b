// A Unix socket to accept connections on.
#ifndef UVIO_IO_PIPE_LISTENER_H_
#define UVIO_IO_PIPE_LISTENER_H_

#include <uv.h>

#include <string>

#include "io/listener.h"

namespace uvio {

class PipeListener final : public Listener {
 public:
  // Not registered yet. Null, with *status negative, on failure.
  static PipeListener* New(StreamHub* hub, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&pipe_); }

  uv_pipe_t* pipe() { return &pipe_; }

  int Bind(const std::string& path);

 private:
  explicit PipeListener(StreamHub* hub) : Listener(hub) {}

  Stream* NewConnection(int* status) override;

  uv_pipe_t pipe_;
};

}  // namespace uvio

#endif  // UVIO_IO_PIPE_LISTENER_H_
