// A listening TCP socket. Connections are accepted during the poll and
// recorded as ACCEPT; they read nothing until they are told to.
#ifndef UVIO_IO_TCP_LISTENER_H_
#define UVIO_IO_TCP_LISTENER_H_

#include <uv.h>

#include "loop/io_handle.h"

namespace uvio {

class StreamHub;

class TcpListener final : public IoHandle {
 public:
  // Not registered yet. Null, with *status negative, on failure. The family is
  // AF_UNSPEC to make the socket only when it is bound.
  static TcpListener* New(StreamHub* hub, int family, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&tcp_); }
  uv_tcp_t* tcp() { return &tcp_; }

  // SO_REUSEPORT; before binding, and only where New() was given a family.
  int SetReusePort();
  int Listen(int backlog);

 private:
  explicit TcpListener(StreamHub* hub);

  static void OnConnection(uv_stream_t* stream, int status);
  int Accept();

  StreamHub& hub_;
  uv_tcp_t tcp_;
};

}  // namespace uvio

#endif  // UVIO_IO_TCP_LISTENER_H_
