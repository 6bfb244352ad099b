// Sends and receives datagrams by system calls that never block.
#ifndef UVIO_UV_DATAGRAM_H_
#define UVIO_UV_DATAGRAM_H_

#include <cstddef>
#include <cstdint>

#include "uv/socket_address.h"

namespace uvio {

struct Datagram {
  SocketAddress to;  // Size 0: the peer of a connected socket.
  const char* data;
  size_t length;
};

// Sends as many datagrams as the kernel takes: on Linux several in one call.
// Returns how many were sent, at least 1, or the error of the first.
int SendDatagrams(int fd, const Datagram* datagrams, size_t count);

// Returns the length or an error code. Sets *is_cut if the datagram was longer.
int64_t ReceiveDatagram(int fd, char* data, size_t length,
                        SocketAddress* sender, bool* is_cut);

}  // namespace uvio

#endif  // UVIO_UV_DATAGRAM_H_
