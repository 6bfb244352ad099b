// Socket addresses to and from text.
#ifndef UVIO_UV_ADDRESS_H_
#define UVIO_UV_ADDRESS_H_

#include <uv.h>

#include <cstddef>
#include <cstdint>

namespace uvio {

struct AddressText {
  char host[INET6_ADDRSTRLEN + 1 + UV_IF_NAMESIZE];
  int port;
  bool is_ipv6;
};

// Numeric addresses only ("127.0.0.1", "::1", "fe80::1%eth0"); names are
// resolved in TypeScript. UV_EINVAL for anything else.
int ParseAddress(const char* host, int port, sockaddr_storage* result);

// UV_EAFNOSUPPORT for what is neither IPv4 nor IPv6.
int FormatAddress(const sockaddr_storage& address, AddressText* result);

// An address as datagrams carry it through the arenas, before their bytes: of
// one size, so that JavaScript can compare it without making a string.
struct PackedAddress {
  uint8_t family;  // 4, 6, or 0 for none.
  uint8_t reserved;
  uint8_t port[2];  // Network byte order.
  uint32_t scope;   // IPv6 only: the interface of a link-local address.
  uint8_t host[16];
};
static_assert(sizeof(PackedAddress) == 24);
static_assert(offsetof(PackedAddress, port) == 2);
static_assert(offsetof(PackedAddress, scope) == 4);
static_assert(offsetof(PackedAddress, host) == 8);

// Family 0 for what is neither IPv4 nor IPv6.
PackedAddress PackAddress(const sockaddr* address);
// False for family 0, and for any that there is not.
bool UnpackAddress(const PackedAddress& packed, sockaddr_storage* result);

inline const sockaddr* AsSockaddr(const sockaddr_storage* address) {
  return reinterpret_cast<const sockaddr*>(address);
}

}  // namespace uvio

#endif  // UVIO_UV_ADDRESS_H_
