// Binds and accepts TCP sockets.
#include "uv/listening_socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace uvio {

namespace {

#ifndef SOCK_CLOEXEC
int MakeAsynchronous(int fd) {
  if (fd >= 0) {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
  }
  return fd;
}
#endif

int OpenTcpSocket(int family) {
#ifdef SOCK_CLOEXEC
  return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
  return MakeAsynchronous(socket(family, SOCK_STREAM, 0));
#endif
}

bool SetOption(int fd, int level, int option) {
  const int on = 1;
  return setsockopt(fd, level, option, &on, sizeof(on)) == 0;
}

bool Prepare(int fd, const sockaddr* address, const ListeningOptions& options) {
  const bool is_ipv6 = address->sa_family == AF_INET6;
  const socklen_t length = is_ipv6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  return SetOption(fd, SOL_SOCKET, SO_REUSEADDR) &&
         (!options.is_port_shared || SetOption(fd, SOL_SOCKET, SO_REUSEPORT)) &&
         (!is_ipv6 || !options.is_ipv6_only ||
          SetOption(fd, IPPROTO_IPV6, IPV6_V6ONLY)) &&
         bind(fd, address, length) == 0;
}

}  // namespace

int BindTcpSocket(const sockaddr* address, const ListeningOptions& options) {
  const int fd = OpenTcpSocket(address->sa_family);
  if (fd < 0) return uv_translate_sys_error(errno);
  if (Prepare(fd, address, options)) return fd;
  const int status = uv_translate_sys_error(errno);
  close(fd);
  return status;
}

int AcceptSocket(int listening, sockaddr_storage* peer) {
  auto* address = reinterpret_cast<sockaddr*>(peer);
  int fd = -1;
  do {
    socklen_t length = sizeof(*peer);
#ifdef SOCK_CLOEXEC
    fd = accept4(listening, address, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
#else
    fd = MakeAsynchronous(accept(listening, address, &length));
#endif
  } while (fd < 0 && errno == EINTR);
  return fd >= 0 ? fd : uv_translate_sys_error(errno);
}

}  // namespace uvio
