// Binds TCP sockets and accepts connections by system calls. io/listener.h
// explains why libuv's functions are not used.
#ifndef UVIO_UV_LISTENING_SOCKET_H_
#define UVIO_UV_LISTENING_SOCKET_H_

#include <uv.h>

namespace uvio {

struct ListeningOptions {
  // IPv6 connections only. Ignored for an IPv4 address.
  bool is_ipv6_only = false;
  bool is_port_shared = false;
};

// Binds a new non-blocking TCP socket, which children do not inherit. Returns
// the descriptor or an error code.
int BindTcpSocket(const sockaddr* address, const ListeningOptions& options);

// Accepts the next connection, non-blocking, with its peer's address. Returns
// the descriptor or an error code: UV_EAGAIN if no connection is waiting.
int AcceptSocket(int listening, sockaddr_storage* peer);

}  // namespace uvio

#endif  // UVIO_UV_LISTENING_SOCKET_H_
