#include "io/tcp_listener.h"

#include "io/stream_hub.h"
#include "io/tcp_stream.h"
#include "loop/loop.h"

namespace uvio {

TcpListener* TcpListener::New(StreamHub* hub, int family, int* status) {
  auto* listener = new TcpListener(hub);
  *status = uv_tcp_init_ex(hub->loop().uv(), listener->tcp(),
                           static_cast<unsigned>(family));
  return listener->Opened(*status) ? listener : nullptr;
}

int TcpListener::Bind(const sockaddr* address, unsigned flags) {
  const int status = uv_tcp_bind(&tcp_, address, flags);
  if (status != 0) return status;
  // libuv keeps an EADDRINUSE back until something else is done.
  sockaddr_storage name;
  int length = sizeof(name);
  return uv_tcp_getsockname(&tcp_, reinterpret_cast<sockaddr*>(&name), &length);
}

Stream* TcpListener::NewConnection(int* status) {
  return TcpStream::New(&hub(), status);
}

}  // namespace uvio
