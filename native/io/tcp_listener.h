// A TCP socket to accept connections on.
#ifndef UVIO_IO_TCP_LISTENER_H_
#define UVIO_IO_TCP_LISTENER_H_

#include <uv.h>

#include "io/listener.h"

namespace uvio {

class TcpListener final : public Listener {
 public:
  // Not registered yet. Null, with *status negative, on failure. The family is
  // AF_UNSPEC to make the socket only when it is bound.
  static TcpListener* New(StreamHub* hub, int family, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&tcp_); }
  uv_tcp_t* tcp() { return &tcp_; }

  int Bind(const sockaddr* address, unsigned flags);

 private:
  explicit TcpListener(StreamHub* hub) : Listener(hub) {}

  Stream* NewConnection(int* status) override;

  uv_tcp_t tcp_;
};

}  // namespace uvio

#endif  // UVIO_IO_TCP_LISTENER_H_
