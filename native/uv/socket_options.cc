#include "uv/socket_options.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace uvio {

int SetReusePort(uv_handle_t* handle) {
  uv_os_fd_t fd;
  const int status = uv_fileno(handle, &fd);
  if (status != 0) return status;
  const int on = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) {
    return uv_translate_sys_error(errno);
  }
  return 0;
}

int BindUnixSocket(const char* path, size_t length) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  // A path needs its final zero, an abstract name has none.
  const bool is_abstract = length != 0 && path[0] == 0;
  if (length == 0 ||
      length + (is_abstract ? 0 : 1) > sizeof(address.sun_path)) {
    return UV_ENAMETOOLONG;
  }
  std::memcpy(address.sun_path, path, length);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) +
                                           length + (is_abstract ? 0 : 1));
#ifdef SOCK_CLOEXEC
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
#else
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd >= 0) fcntl(fd, F_SETFD, FD_CLOEXEC);
#endif
  if (fd < 0) return uv_translate_sys_error(errno);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    const int status = uv_translate_sys_error(errno);
    close(fd);
    return status;
  }
  return fd;
}

}  // namespace uvio
