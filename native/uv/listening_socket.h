// TCP sockets that listen, by the system's own calls: io/listener.h says why.
#ifndef UVIO_UV_LISTENING_SOCKET_H_
#define UVIO_UV_LISTENING_SOCKET_H_

#include <uv.h>

namespace uvio {

struct ListeningOptions {
  // Only IPv6, for an address of IPv6.
  bool is_ipv6_only = false;
  bool is_port_shared = false;
};

// Makes a non-blocking TCP socket, to be inherited by no child, and binds it.
// Returns the descriptor or an error code.
int BindTcpSocket(const sockaddr* address, const ListeningOptions& options);

// The next connection of a listening socket, non-blocking, and who it is from.
// Returns its descriptor or an error code; UV_EAGAIN when nobody waits.
int AcceptSocket(int listening, sockaddr_storage* peer);

}  // namespace uvio

#endif  // UVIO_UV_LISTENING_SOCKET_H_
