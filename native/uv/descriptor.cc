// Adds a descriptor to a temporary epoll instance to see if the kernel accepts
// it, and reads SO_ERROR.
#include "uv/descriptor.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#ifdef __linux__
#include <sys/epoll.h>
#endif

namespace uvio {

int CheckPollable(int fd) {
#ifdef __linux__
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return uv_translate_sys_error(errno);
  epoll_event event = {};
  const bool is_pollable = epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
  const int status = is_pollable ? 0 : uv_translate_sys_error(errno);
  close(epoll);
  return status;
#else
  return fcntl(fd, F_GETFD) < 0 ? uv_translate_sys_error(errno) : 0;
#endif
}

int PendingError(int fd) {
  int error = 0;
  socklen_t length = sizeof(error);
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return 0;
  return error == 0 ? 0 : uv_translate_sys_error(error);
}

int Describe(int fd, uv_stat_t* about) {
  uv_fs_t request;
  const int status = uv_fs_fstat(nullptr, &request, fd, nullptr);
  if (status == 0) *about = request.statbuf;
  uv_fs_req_cleanup(&request);
  return status;
}

}  // namespace uvio
