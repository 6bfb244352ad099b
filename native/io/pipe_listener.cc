#include "io/pipe_listener.h"

#include <unistd.h>

#include "io/pipe_stream.h"
#include "io/stream_hub.h"
#include "loop/loop.h"
#include "uv/socket_options.h"

namespace uvio {

PipeListener* PipeListener::New(StreamHub* hub, int* status) {
  auto* listener = new PipeListener(hub);
  *status = uv_pipe_init(hub->loop().uv(), &listener->pipe_, 0);
  return listener->Opened(*status) ? listener : nullptr;
}

int PipeListener::Bind(const std::string& path) {
  const int fd = BindUnixSocket(path.data(), path.size());
  if (fd < 0) return fd;
  const int status = uv_pipe_open(&pipe_, fd);
  if (status != 0) close(fd);
  return status;
}

Stream* PipeListener::NewConnection(int* status) {
  return PipeStream::New(&hub(), status);
}

}  // namespace uvio
