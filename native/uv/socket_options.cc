// Binds and connects Unix sockets.
#include "uv/socket_options.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace uvio {

namespace {

struct UnixAddress {
  sockaddr_un address = {};
  socklen_t size = 0;

  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&address);
  }

  bool Set(const char* path, size_t length) {
    // A path needs its final zero, an abstract name ends without one.
    const bool is_abstract = length != 0 && path[0] == 0;
    const size_t used = length + (is_abstract ? 0 : 1);
    if (length == 0 || used > sizeof(address.sun_path)) return false;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path, length);
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + used);
    return true;
  }
};

// Returns the descriptor or an error code.
int OpenUnixSocket() {
#ifdef SOCK_CLOEXEC
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd >= 0) {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
  }
#endif
  return fd >= 0 ? fd : uv_translate_sys_error(errno);
}

int OpenAt(const char* path, size_t length,
           int (*apply)(int, const sockaddr*, socklen_t)) {
  UnixAddress address;
  if (!address.Set(path, length)) return UV_ENAMETOOLONG;
  const int fd = OpenUnixSocket();
  if (fd < 0) return fd;
  int result = 0;
  do {
    result = apply(fd, address.get(), address.size);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return fd;
  const int status = uv_translate_sys_error(errno);
  close(fd);
  return status;
}

}  // namespace

int BindUnixSocket(const char* path, size_t length) {
  return OpenAt(path, length, bind);
}

int ConnectUnixSocket(const char* path, size_t length) {
  return OpenAt(path, length, connect);
}

}  // namespace uvio
