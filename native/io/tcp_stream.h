// One TCP connection, accepted or made.
#ifndef UVIO_IO_TCP_STREAM_H_
#define UVIO_IO_TCP_STREAM_H_

#include <uv.h>

#include "io/stream.h"
#include "uv/address.h"

namespace uvio {

class TcpStream final : public Stream {
 public:
  // Not registered yet. Null, with *status negative, on failure.
  static TcpStream* New(StreamHub* hub, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&tcp_); }
  uv_tcp_t* tcp() { return &tcp_; }

  // Takes a connected socket; `peer` is asked of the system where it is null.
  int Open(int fd, const sockaddr* peer);
  // CONNECT is recorded later, unless this fails.
  int Connect(const sockaddr* to);
  // Whom it is or was connected to; the system forgets it after a reset.
  // Family 0 before that.
  const PackedAddress& peer() const { return peer_; }

 private:
  explicit TcpStream(StreamHub* hub) : Stream(hub) {}

  static void OnConnect(uv_connect_t* request, int status);
  void AskForPeer();

  uv_tcp_t tcp_;
  PackedAddress peer_ = {};
};

// There can be a million of them: uv_tcp_t is 248 bytes of it.
static_assert(sizeof(TcpStream) <= 384);

}  // namespace uvio

#endif  // UVIO_IO_TCP_STREAM_H_
