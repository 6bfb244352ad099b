// Binds and connects Unix sockets by system calls. libuv's functions do not do
// what is needed, or not yet in Node 20's libuv.
#ifndef UVIO_UV_SOCKET_OPTIONS_H_
#define UVIO_UV_SOCKET_OPTIONS_H_

#include <uv.h>

#include <cstddef>

namespace uvio {

// Binds a new Unix socket to a path, or on Linux to an abstract name, which
// begins with a zero. Returns the descriptor or an error code. uv_pipe_bind()
// is not used: when such a pipe is closed, libuv unlinks the path, even if
// another socket is bound to it by then. TypeScript decides what is unlinked.
int BindUnixSocket(const char* path, size_t length);

// Connects a new Unix socket to a path or an abstract name, without waiting.
// Returns the descriptor or an error code. uv_pipe_connect() is not used: Node
// 20's libuv pads abstract names with zeros, which changes them.
int ConnectUnixSocket(const char* path, size_t length);

}  // namespace uvio

#endif  // UVIO_UV_SOCKET_OPTIONS_H_
