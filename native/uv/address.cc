// Parses, formats and packs socket addresses.
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
    const int status = uv_ip6_name(in6, result->host, sizeof(result->host));
    if (status != 0 || in6->sin6_scope_id == 0) return status;
    // A link-local address is incomplete without its interface, such as
    // "%eth0".
    const size_t length = std::strlen(result->host);
    size_t room = sizeof(result->host) - length - 1;
    result->host[length] = '%';
    if (uv_if_indextoname(in6->sin6_scope_id, result->host + length + 1,
                          &room) != 0) {
      result->host[length] = 0;
    }
    return 0;
  }
  return UV_EAFNOSUPPORT;
}

PackedAddress PackAddress(const sockaddr* address) {
  PackedAddress packed = {};
  if (address->sa_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(address);
    packed.family = 4;
    std::memcpy(packed.port, &in->sin_port, sizeof(packed.port));
    std::memcpy(packed.host, &in->sin_addr, sizeof(in->sin_addr));
  } else if (address->sa_family == AF_INET6) {
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(address);
    packed.family = 6;
    std::memcpy(packed.port, &in6->sin6_port, sizeof(packed.port));
    std::memcpy(packed.host, &in6->sin6_addr, sizeof(in6->sin6_addr));
    packed.scope = in6->sin6_scope_id;
  }
  return packed;
}

bool UnpackAddress(const PackedAddress& packed, sockaddr_storage* result) {
  std::memset(result, 0, sizeof(*result));
  if (packed.family == 4) {
    auto* in = reinterpret_cast<sockaddr_in*>(result);
    in->sin_family = AF_INET;
    std::memcpy(&in->sin_port, packed.port, sizeof(packed.port));
    std::memcpy(&in->sin_addr, packed.host, sizeof(in->sin_addr));
    return true;
  }
  if (packed.family == 6) {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(result);
    in6->sin6_family = AF_INET6;
    std::memcpy(&in6->sin6_port, packed.port, sizeof(packed.port));
    std::memcpy(&in6->sin6_addr, packed.host, sizeof(in6->sin6_addr));
    in6->sin6_scope_id = packed.scope;
    return true;
  }
  return false;
}

}  // namespace uvio
