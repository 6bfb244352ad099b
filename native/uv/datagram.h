// Datagrams by the system's own calls, none of which waits.
#ifndef UVIO_UV_DATAGRAM_H_
#define UVIO_UV_DATAGRAM_H_

#include <cstddef>
#include <cstdint>

#include "uv/socket_address.h"

namespace uvio {

struct Datagram {
  SocketAddress to;  // Of size 0: where the socket is connected to.
  const char* data;
  size_t length;
};

// Sends as many as the kernel takes, by one call where it has one. Returns how
// many those were, 1 or more, or what is wrong with the first.
int SendDatagrams(int fd, const Datagram* datagrams, size_t count);

// Returns the length, or an error code. *is_cut: it was longer.
int64_t ReceiveDatagram(int fd, char* data, size_t length,
                        SocketAddress* sender, bool* is_cut);

}  // namespace uvio

#endif  // UVIO_UV_DATAGRAM_H_
