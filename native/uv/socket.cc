// Wraps the system calls for sockets: repeats them after signals, and returns
// libuv's error codes.
#include "uv/socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <cerrno>

#ifdef __linux__
#include <sys/sendfile.h>
#endif

#include "uv/descriptor.h"

namespace uvio {

namespace {

#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;  // The loop's thread blocks SIGPIPE.
#endif

// Repeats a system call until no signal interrupts it. Returns its result or an
// error code.
template <typename Function>
auto Retry(Function call) -> decltype(call()) {
  decltype(call()) result;
  do {
    result = call();
  } while (result == -1 && errno == EINTR);
  if (result != -1) return result;
  return uv_translate_sys_error(errno);
}

int MakeNonBlocking(int fd) {
  const int flags = Retry([&] { return fcntl(fd, F_GETFL); });
  if (flags < 0) return flags;
  const int status =
      Retry([&] { return fcntl(fd, F_SETFL, flags | O_NONBLOCK); });
  if (status < 0) return status;
  const int own = Retry([&] { return fcntl(fd, F_SETFD, FD_CLOEXEC); });
  return own < 0 ? own : 0;
}

// Makes a new descriptor non-blocking, and closes it on failure.
int Prepared(int fd) {
  if (fd < 0) return fd;
  const int status = MakeNonBlocking(fd);
  if (status == 0) return fd;
  close(fd);
  return status;
}

}  // namespace

int Socket::Opened(int fd) {
  if (fd < 0) return fd;
  Close();
  fd_ = fd;
  return 0;
}

int Socket::Open(int family, int type, int protocol) {
#ifdef SOCK_CLOEXEC
  type |= SOCK_CLOEXEC | SOCK_NONBLOCK;
#endif
  return Opened(
      Prepared(Retry([&] { return socket(family, type, protocol); })));
}

int Socket::Adopt(int fd) {
  int type = 0;
  size_t length = sizeof(type);
  int status = GetSocketOption(fd, SOL_SOCKET, SO_TYPE, &type, &length);
  if (status == 0) status = MakeNonBlocking(fd);
  return status == 0 ? Opened(fd) : status;
}

int Socket::Detach() {
  const int fd = fd_;
  fd_ = -1;
  return fd >= 0 ? fd : UV_EBADF;
}

void Socket::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

int Socket::Bind(const SocketAddress& address) {
  return Retry([&] { return bind(fd_, address.get(), address.size); });
}

int Socket::Listen(int backlog) {
  return Retry([&] { return listen(fd_, backlog); });
}

int Socket::Connect(const SocketAddress& address) {
  // Not repeated: after a signal the system continues to connect.
  if (connect(fd_, address.get(), address.size) == 0) return 0;
  if (errno == EINPROGRESS || errno == EINTR) return kInProgress;
  return uv_translate_sys_error(errno);
}

int Socket::Accept(SocketAddress* peer) {
#ifdef __linux__
  return Retry([&] {
    return accept4(fd_, peer->get(), &peer->size, SOCK_CLOEXEC | SOCK_NONBLOCK);
  });
#else
  return Prepared(Retry([&] { return accept(fd_, peer->get(), &peer->size); }));
#endif
}

int Socket::Shutdown(int how) {
  return Retry([&] { return shutdown(fd_, how); });
}

int64_t Socket::Receive(char* data, size_t length) {
  return Retry([&] { return recv(fd_, data, length, 0); });
}

int64_t Socket::ReceiveFrom(char* data, size_t length, SocketAddress* sender) {
  return Retry([&] {
    return recvfrom(fd_, data, length, 0, sender->get(), &sender->size);
  });
}

int64_t Socket::Send(const char* data, size_t length) {
  return Retry([&] { return send(fd_, data, length, kNoSignal); });
}

int64_t Socket::SendTo(const char* data, size_t length,
                       const SocketAddress& to) {
  return Retry(
      [&] { return sendto(fd_, data, length, kNoSignal, to.get(), to.size); });
}

int OpenSocketPair(int family, int type, int protocol, int fds[2]) {
#ifdef SOCK_CLOEXEC
  type |= SOCK_CLOEXEC | SOCK_NONBLOCK;
#endif
  int status = Retry([&] { return socketpair(family, type, protocol, fds); });
  if (status < 0) return status;
  status = MakeNonBlocking(fds[0]);
  if (status == 0) status = MakeNonBlocking(fds[1]);
  if (status == 0) return 0;
  close(fds[0]);
  close(fds[1]);
  return status;
}

int GetLocalAddress(int fd, SocketAddress* address) {
  return Retry([&] { return getsockname(fd, address->get(), &address->size); });
}

int GetPeerAddress(int fd, SocketAddress* address) {
  return Retry([&] { return getpeername(fd, address->get(), &address->size); });
}

int SetSocketOption(int fd, int level, int option, const void* value,
                    size_t length) {
  return Retry([&] {
    return setsockopt(fd, level, option, value, static_cast<socklen_t>(length));
  });
}

int GetSocketOption(int fd, int level, int option, void* value,
                    size_t* length) {
  auto size = static_cast<socklen_t>(*length);
  const int status =
      Retry([&] { return getsockopt(fd, level, option, value, &size); });
  *length = size;
  return status;
}

int64_t SendFile(int socket, int file, int64_t offset, size_t count) {
#ifdef __linux__
  // The most that Linux sends in one call.
  constexpr size_t kMaxCount = 0x7ffff000;
  off_t from = offset;
  return Retry([&] {
    return sendfile(socket, file, &from, std::min(count, kMaxCount));
  });
#else
  (void)socket, (void)file, (void)offset, (void)count;
  return UV_ENOSYS;
#endif
}

bool IsSameFile(int one, int other) {
  uv_stat_t a;
  uv_stat_t b;
  return Describe(one, &a) == 0 && Describe(other, &b) == 0 &&
         a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

int DuplicateDescriptor(int fd) {
  return Retry([&] { return fcntl(fd, F_DUPFD_CLOEXEC, 0); });
}

}  // namespace uvio
