// One TCP connection, accepted or made.
#ifndef UVIO_IO_TCP_STREAM_H_
#define UVIO_IO_TCP_STREAM_H_

#include <uv.h>

#include "io/stream.h"

namespace uvio {

class TcpStream final : public Stream {
 public:
  // Not registered yet. Null, with *status negative, on failure.
  static TcpStream* New(StreamHub* hub, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&tcp_); }
  uv_tcp_t* tcp() { return &tcp_; }

  // CONNECT is recorded later, unless this fails.
  int Connect(const sockaddr* to);

 private:
  explicit TcpStream(StreamHub* hub) : Stream(hub) {}

  static void OnConnect(uv_connect_t* request, int status);

  uv_tcp_t tcp_;
};

// There can be a million of them: uv_tcp_t is 248 bytes of it.
static_assert(sizeof(TcpStream) <= 384);

}  // namespace uvio

#endif  // UVIO_IO_TCP_STREAM_H_
