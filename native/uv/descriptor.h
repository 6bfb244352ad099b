// Asks the system about a descriptor. One from JavaScript is checked before
// libuv uses it: libuv aborts if epoll refuses a descriptor.
#ifndef UVIO_UV_DESCRIPTOR_H_
#define UVIO_UV_DESCRIPTOR_H_

#include <uv.h>

namespace uvio {

// Returns 0 for a descriptor that can be polled, UV_EBADF for a closed one, and
// UV_EPERM for a file or a device that cannot be polled.
int CheckPollable(int fd);

// Returns the error that a socket has and has not reported yet, or 0. The
// system reports it once.
int PendingError(int fd);

// As fstat(), which is newer in glibc than the oldest system that Node runs on:
// with libuv's function the addon loads there. Returns 0 or libuv's error code.
int Describe(int fd, uv_stat_t* about);

}  // namespace uvio

#endif  // UVIO_UV_DESCRIPTOR_H_
