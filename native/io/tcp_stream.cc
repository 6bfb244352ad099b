#include "io/tcp_stream.h"

#include "io/stream_hub.h"
#include "loop/loop.h"

namespace uvio {

TcpStream* TcpStream::New(StreamHub* hub, int* status) {
  auto* stream = new TcpStream(hub);
  *status = uv_tcp_init(hub->loop().uv(), stream->tcp());
  return stream->Opened(*status) ? stream : nullptr;
}

int TcpStream::Connect(const sockaddr* to) {
  uv_connect_t* request = NewConnectRequest();
  return Requested(request, uv_tcp_connect(request, &tcp_, to, OnConnect));
}

}  // namespace uvio
