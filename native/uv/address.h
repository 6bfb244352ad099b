// Socket addresses to and from text.
#ifndef UVIO_UV_ADDRESS_H_
#define UVIO_UV_ADDRESS_H_

#include <uv.h>

namespace uvio {

struct AddressText {
  char host[INET6_ADDRSTRLEN];
  int port;
  bool is_ipv6;
};

// Numeric addresses only ("127.0.0.1", "::1", "fe80::1%eth0"); names are
// resolved in TypeScript. UV_EINVAL for anything else.
int ParseAddress(const char* host, int port, sockaddr_storage* result);

// UV_EAFNOSUPPORT for what is neither IPv4 nor IPv6.
int FormatAddress(const sockaddr_storage& address, AddressText* result);

inline const sockaddr* AsSockaddr(const sockaddr_storage* address) {
  return reinterpret_cast<const sockaddr*>(address);
}

}  // namespace uvio

#endif  // UVIO_UV_ADDRESS_H_
