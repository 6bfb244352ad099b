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
}  // namespace

int SocketAddress::Parse(const std::string& host, int port) {
  if (port != kUnixPath) {
    const int status = ParseAddress(host.c_str(), port, &storage);
    size = storage.ss_family == AF_INET6 ? sizeof(sockaddr_in6)
                                         : sizeof(sockaddr_in);
    return status;
  }
  auto* un = reinterpret_cast<sockaddr_un*>(&storage);
  // A path needs its final zero, an abstract name has none.
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
  if (size <= kPathOffset) return "";
  const auto* un = reinterpret_cast<const sockaddr_un*>(&storage);
  const size_t length =
      std::min<size_t>(size - kPathOffset, sizeof(un->sun_path));
  if (un->sun_path[0] == 0) return std::string(un->sun_path, length);
  return std::string(un->sun_path, strnlen(un->sun_path, length));
}

}  // namespace uvio
