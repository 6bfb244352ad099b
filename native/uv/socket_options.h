// What libuv offers no function for, or none as old as the libuv of Node 20.
#ifndef UVIO_UV_SOCKET_OPTIONS_H_
#define UVIO_UV_SOCKET_OPTIONS_H_

#include <uv.h>

#include <cstddef>

namespace uvio {

// Makes a Unix socket and binds it to a path, or on Linux to an abstract name,
// which begins with a zero. By hand, because what uv_pipe_bind has bound it
// also unlinks, whosever it is by then, and that is TypeScript's to decide.
// Returns the descriptor or an error code.
int BindUnixSocket(const char* path, size_t length);

// The same, connected: that never waits with Unix sockets. By hand, because the
// libuv of Node 20 pads abstract names with zeros, which makes them others.
int ConnectUnixSocket(const char* path, size_t length);

}  // namespace uvio

#endif  // UVIO_UV_SOCKET_OPTIONS_H_
