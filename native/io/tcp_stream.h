// One TCP connection, accepted or made.
#ifndef UVIO_IO_TCP_STREAM_H_
#define UVIO_IO_TCP_STREAM_H_

#include <uv.h>

#include "io/stream.h"
#include "uv/address.h"

namespace uvio {

class TcpStream final : public Stream {
 public:
  // Creates a stream, not registered yet. Returns null with *status negative on
  // failure.
  static TcpStream* New(StreamHub* hub, int* status);

  uv_handle_t* uv() override { return reinterpret_cast<uv_handle_t*>(&tcp_); }
  uv_tcp_t* tcp() { return &tcp_; }

  // Takes ownership of a connected socket. If `peer` is null, it is read from
  // the system.
  int Open(int fd, const sockaddr* peer);
  // Starts to connect. CONNECT is recorded later, unless this call fails.
  int Connect(const sockaddr* to);
  // The peer's address, kept because the system drops it after a reset. Family
  // 0 before the connection is established.
  const PackedAddress& peer() const { return peer_; }

 private:
  explicit TcpStream(StreamHub* hub) : Stream(hub) {}

  static void OnConnect(uv_connect_t* request, int status);
  void ReadPeer();

  uv_tcp_t tcp_;
  PackedAddress peer_ = {};
};

// There can be a million connections. uv_tcp_t takes 248 of these bytes.
static_assert(sizeof(TcpStream) <= 384);

}  // namespace uvio

#endif  // UVIO_IO_TCP_STREAM_H_
