// A socket that belongs to the program, not to libuv: the system's calls,
// none of which waits. All return 0 or more, or an error code of libuv's.
#ifndef UVIO_UV_SOCKET_H_
#define UVIO_UV_SOCKET_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "uv/socket_address.h"

namespace uvio {

// Owns its descriptor; every call on a closed one is UV_EBADF.
class Socket {
 public:
  Socket() = default;
  ~Socket() { Close(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int Open(int family, int type, int protocol);
  // Takes a descriptor; UV_ENOTSOCK for what is none.
  int Adopt(int fd);
  // The descriptor, which is the caller's from now on.
  int Detach();
  void Close();
  int fd() const { return fd_; }

  int Bind(const SocketAddress& address);
  int Listen(int backlog);
  // kInProgress where the connection is not there yet: it is when the socket
  // is writable, or SO_ERROR says why not.
  static constexpr int kInProgress = 1;
  int Connect(const SocketAddress& address);
  // Returns the descriptor of the connection, which is the caller's.
  int Accept(SocketAddress* peer);
  // `how` as in shutdown(2).
  int Shutdown(int how);

  int64_t Receive(char* data, size_t length);
  int64_t ReceiveFrom(char* data, size_t length, SocketAddress* sender);
  int64_t Send(const char* data, size_t length);
  int64_t SendTo(const char* data, size_t length, const SocketAddress& to);

 private:
  int Opened(int fd);

  int fd_ = -1;
};

// Two that are connected to each other; the descriptors are the caller's.
int OpenSocketPair(int family, int type, int protocol, int fds[2]);

int GetLocalAddress(int fd, SocketAddress* address);
int GetPeerAddress(int fd, SocketAddress* address);
int SetSocketOption(int fd, int level, int option, const void* value,
                    size_t length);
// *length: room, then what there is.
int GetSocketOption(int fd, int level, int option, void* value, size_t* length);

// Sends at most `count` bytes of a file from `offset` by sendfile(2). Returns
// how many, 0 at the file's end. UV_ENOSYS where uvio does not know how.
int64_t SendFile(int socket, int file, int64_t offset, size_t count);

// Whether both descriptors are of the same open file, or look so.
bool IsSameFile(int one, int other);
// A copy that no child process inherits, or an error code.
int DuplicateDescriptor(int fd);

}  // namespace uvio

#endif  // UVIO_UV_SOCKET_H_
