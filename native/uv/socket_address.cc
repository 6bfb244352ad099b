// Parses and packs addresses, Unix paths included.
#include "uv/socket_address.h"

#include <netinet/in.h>
#include <sys/un.h>
#include <uv.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "uv/address.h"

namespace uvio {

namespace {
constexpr size_t kPathOffset = offsetof(sockaddr_un, sun_path);

const char* PathOf(const SocketAddress& address) {
  return reinterpret_cast<const sockaddr_un*>(&address.storage)->sun_path;
}

size_t PathLength(const SocketAddress& address) {
  if (address.size <= kPathOffset) return 0;
  const size_t length = std::min<size_t>(address.size - kPathOffset,
                                         sizeof(sockaddr_un::sun_path));
  const char* path = PathOf(address);
  // A path ends with a zero, an abstract name begins with one.
  return path[0] == 0 ? length : strnlen(path, length);
}
}  // namespace

int SocketAddress::Parse(const std::string& host, int port) {
  if (port != kUnixPath) {
    const int status = ParseAddress(host.c_str(), port, &storage);
    size = storage.ss_family == AF_INET6 ? sizeof(sockaddr_in6)
                                         : sizeof(sockaddr_in);
    return status;
  }
  auto* un = reinterpret_cast<sockaddr_un*>(&storage);
  // A path needs its final zero, an abstract name ends without one.
  const bool is_abstract = !host.empty() && host[0] == 0;
  const size_t used = host.size() + (is_abstract ? 0 : 1);
  if (host.empty()) return UV_EINVAL;
  if (used > sizeof(un->sun_path)) return UV_ENAMETOOLONG;
  storage = {};
  un->sun_family = AF_UNIX;
  std::memcpy(un->sun_path, host.data(), host.size());
  size = static_cast<socklen_t>(kPathOffset + used);
  return 0;
}

std::string SocketAddress::Path() const {
  return std::string(PathOf(*this), PathLength(*this));
}

PackedPath PackPath(const SocketAddress& address) {
  PackedPath packed = {};
  const size_t length = std::min(PathLength(address), sizeof(packed.path));
  packed.length = static_cast<uint8_t>(length);
  std::memcpy(packed.path, PathOf(address), length);
  return packed;
}

void UnpackPath(const PackedPath& packed, SocketAddress* result) {
  result->size = 0;
  const std::string path(packed.path,
                         std::min<size_t>(packed.length, sizeof(packed.path)));
  if (path.empty()) return;
  if (result->Parse(path, SocketAddress::kUnixPath) != 0) result->size = 0;
}

}  // namespace uvio
