// Where a socket is bound or goes to, in any of the families that sockets of
// users have.
#ifndef UVIO_UV_SOCKET_ADDRESS_H_
#define UVIO_UV_SOCKET_ADDRESS_H_

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace uvio {

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = sizeof(storage);

  // Instead of a port: the host is a path, or on Linux an abstract name.
  static constexpr int kUnixPath = -1;

  // Numeric addresses and paths only. 0 or an error code.
  int Parse(const std::string& host, int port);
  // Of AF_UNIX; empty for a socket without a name.
  std::string Path() const;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
};

// As PackedAddress (uv/address.h), of a Unix socket.
struct PackedPath {
  uint8_t length;  // 0 for no name, or where the socket is connected to.
  uint8_t reserved[3];
  char path[108];
};
static_assert(sizeof(PackedPath) == 112);
static_assert(offsetof(PackedPath, path) == 4);

PackedPath PackPath(const SocketAddress& address);
// Whatever is in it. Size 0 for no name.
void UnpackPath(const PackedPath& packed, SocketAddress* result);

}  // namespace uvio

#endif  // UVIO_UV_SOCKET_ADDRESS_H_
