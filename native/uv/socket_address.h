// The address of a socket: IPv4, IPv6 or a Unix path.
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

  // Replaces the port if the host is a path, or on Linux an abstract name.
  static constexpr int kUnixPath = -1;

  // Parses numeric addresses and paths. Returns 0 or an error code.
  int Parse(const std::string& host, int port);
  // Returns the path of an AF_UNIX address, empty for a socket without a name.
  std::string Path() const;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
};

// The counterpart of PackedAddress (uv/address.h) for Unix sockets.
struct PackedPath {
  uint8_t length;  // 0 for no name, or for the peer.
  uint8_t reserved[3];
  char path[108];
};
static_assert(sizeof(PackedPath) == 112);
static_assert(offsetof(PackedPath, path) == 4);

PackedPath PackPath(const SocketAddress& address);
// Accepts any contents. Sets size 0 for no name.
void UnpackPath(const PackedPath& packed, SocketAddress* result);

}  // namespace uvio

#endif  // UVIO_UV_SOCKET_ADDRESS_H_
