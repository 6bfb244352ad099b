// A socket that the program owns, not libuv: system calls that never block. All
// return 0 or more, or a libuv error code.
#ifndef UVIO_UV_SOCKET_H_
#define UVIO_UV_SOCKET_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "uv/socket_address.h"

namespace uvio {

// Owns its descriptor. Calls on a closed socket return UV_EBADF.
class Socket {
 public:
  Socket() = default;
  ~Socket() { Close(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int Open(int family, int type, int protocol);
  // Takes ownership of a descriptor. Returns UV_ENOTSOCK if it is not a socket.
  int Adopt(int fd);
  // Returns the descriptor, which the caller owns from now on.
  int Detach();
  void Close();
  int fd() const { return fd_; }

  int Bind(const SocketAddress& address);
  int Listen(int backlog);
  // Returns kInProgress if the connection is not established yet. When the
  // socket becomes writable it is, or SO_ERROR has the error.
  static constexpr int kInProgress = 1;
  int Connect(const SocketAddress& address);
  // Returns the descriptor of the connection, which the caller owns.
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

// Creates two connected sockets. The caller owns the descriptors.
int OpenSocketPair(int family, int type, int protocol, int fds[2]);

int GetLocalAddress(int fd, SocketAddress* address);
int GetPeerAddress(int fd, SocketAddress* address);
int SetSocketOption(int fd, int level, int option, const void* value,
                    size_t length);
// *length is the room for the value, then its length.
int GetSocketOption(int fd, int level, int option, void* value, size_t* length);

// Sends at most `count` bytes of a file from `offset` by sendfile(2). Returns
// how many, 0 at the file's end, or UV_ENOSYS on systems other than Linux.
int64_t SendFile(int socket, int file, int64_t offset, size_t count);

// Returns whether both descriptors refer to the same file, by device and inode.
bool IsSameFile(int one, int other);
// Returns a duplicate that children do not inherit, or an error code.
int DuplicateDescriptor(int fd);

}  // namespace uvio

#endif  // UVIO_UV_SOCKET_H_
