#include "uv/address.h"

#include <cstring>

namespace uvio {

int ParseAddress(const char* host, int port, sockaddr_storage* result) {
  std::memset(result, 0, sizeof(*result));
  if (port < 0 || port > 0xffff) return UV_EINVAL;
  if (uv_ip4_addr(host, port, reinterpret_cast<sockaddr_in*>(result)) == 0) {
    return 0;
  }
  std::memset(result, 0, sizeof(*result));
  return uv_ip6_addr(host, port, reinterpret_cast<sockaddr_in6*>(result));
}

int FormatAddress(const sockaddr_storage& address, AddressText* result) {
  if (address.ss_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address);
    result->port = ntohs(in->sin_port);
    result->is_ipv6 = false;
    return uv_ip4_name(in, result->host, sizeof(result->host));
  }
  if (address.ss_family == AF_INET6) {
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&address);
    result->port = ntohs(in6->sin6_port);
    result->is_ipv6 = true;
    return uv_ip6_name(in6, result->host, sizeof(result->host));
  }
  return UV_EAFNOSUPPORT;
}

}  // namespace uvio
