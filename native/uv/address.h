// Converts socket addresses to and from text, and to and from a packed form.
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

// Parses numeric addresses ("127.0.0.1", "::1", "fe80::1%eth0"). Returns
// UV_EINVAL for any other text: names are resolved in TypeScript.
int ParseAddress(const char* host, int port, sockaddr_storage* result);

// Returns UV_EAFNOSUPPORT for an address that is neither IPv4 nor IPv6.
int FormatAddress(const sockaddr_storage& address, AddressText* result);

// The address that precedes the bytes of each datagram in the arenas. Of fixed
// size, so that JavaScript can compare addresses without making strings.
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

// Sets family 0 for an address that is neither IPv4 nor IPv6.
PackedAddress PackAddress(const sockaddr* address);
// Returns false for family 0 and for unknown families.
bool UnpackAddress(const PackedAddress& packed, sockaddr_storage* result);

inline const sockaddr* AsSockaddr(const sockaddr_storage* address) {
  return reinterpret_cast<const sockaddr*>(address);
}

}  // namespace uvio

#endif  // UVIO_UV_ADDRESS_H_
