#include "io/pipe_stream.h"

#include "io/stream_hub.h"
#include "loop/loop.h"

namespace uvio {

PipeStream* PipeStream::New(StreamHub* hub, int* status) {
  auto* stream = new PipeStream(hub);
  *status = uv_pipe_init(hub->loop().uv(), &stream->pipe_, 0);
  return stream->Opened(*status) ? stream : nullptr;
}

int PipeStream::Connect(const std::string& path) {
  uv_connect_t* request = NewConnectRequest();
  return Requested(request,
                   uv_pipe_connect2(request, &pipe_, path.data(), path.size(),
                                    UV_PIPE_NO_TRUNCATE, OnConnect));
}

}  // namespace uvio
