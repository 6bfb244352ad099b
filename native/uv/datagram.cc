// Wraps sendmsg(2), sendmmsg(2) and recvmsg(2).
#include "uv/datagram.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <uv.h>

#include <algorithm>
#include <cerrno>

namespace uvio {

namespace {

#ifdef MSG_NOSIGNAL
constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
#else
constexpr int kFlags = MSG_DONTWAIT;  // The loop's thread blocks SIGPIPE.
#endif

// Reports ENOBUFS as EAGAIN, as libuv does: buffers become free again.
int LastError() {
  return errno == ENOBUFS ? UV_EAGAIN : uv_translate_sys_error(errno);
}

// The fields of these structures are not const, but the kernel only reads them.
void Describe(const Datagram& datagram, iovec* vector, msghdr* message) {
  *vector = {const_cast<char*>(datagram.data), datagram.length};
  *message = {};
  if (datagram.to.size != 0) {
    message->msg_name = const_cast<sockaddr*>(datagram.to.get());
    message->msg_namelen = datagram.to.size;
  }
  message->msg_iov = vector;
  message->msg_iovlen = 1;
}

int SendOne(int fd, const Datagram& datagram) {
  iovec vector;
  msghdr message;
  Describe(datagram, &vector, &message);
  ssize_t sent;
  do {
    sent = sendmsg(fd, &message, kFlags);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0 ? 1 : LastError();
}

}  // namespace

int SendDatagrams(int fd, const Datagram* datagrams, size_t count) {
#ifdef __linux__
  constexpr size_t kMaxMessages = 32;
  if (count > 1) {
    iovec vectors[kMaxMessages];
    mmsghdr messages[kMaxMessages];
    count = std::min(count, kMaxMessages);
    for (size_t i = 0; i < count; i++) {
      Describe(datagrams[i], &vectors[i], &messages[i].msg_hdr);
    }
    int sent;
    do {
      sent = sendmmsg(fd, messages, static_cast<unsigned>(count), kFlags);
    } while (sent < 0 && errno == EINTR);
    return sent > 0 ? sent : LastError();
  }
#else
  (void)count;
#endif
  return SendOne(fd, datagrams[0]);
}

int64_t ReceiveDatagram(int fd, char* data, size_t length,
                        SocketAddress* sender, bool* is_cut) {
  iovec vector = {data, length};
  msghdr message = {};
  message.msg_name = sender->get();
  message.msg_namelen = sender->size;
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  ssize_t received;
  do {
    received = recvmsg(fd, &message, MSG_DONTWAIT);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return uv_translate_sys_error(errno);
  sender->size = message.msg_namelen;
  *is_cut = (message.msg_flags & MSG_TRUNC) != 0;
  return received;
}

}  // namespace uvio
