#include "io/pipe_stream.h"

#include <unistd.h>

#include "io/stream_hub.h"
#include "loop/loop.h"
#include "uv/socket_options.h"

namespace uvio {

PipeStream* PipeStream::New(StreamHub* hub, int* status) {
  auto* stream = new PipeStream(hub);
  *status = uv_pipe_init(hub->loop().uv(), &stream->pipe_, 0);
  return stream->Opened(*status) ? stream : nullptr;
}

int PipeStream::Connect(const std::string& path) {
  const int fd = ConnectUnixSocket(path.data(), path.size());
  if (fd < 0) return fd;
  const int status = uv_pipe_open(&pipe_, fd);
  if (status != 0) close(fd);
  return status;
}

void PipeStream::RecordConnected() { Record(Op::kConnect, 0); }

}  // namespace uvio
