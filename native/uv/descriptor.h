// Checks a descriptor from JavaScript before libuv uses it: libuv aborts if
// epoll refuses a descriptor.
#ifndef UVIO_UV_DESCRIPTOR_H_
#define UVIO_UV_DESCRIPTOR_H_

namespace uvio {

// Returns 0 for a descriptor that can be polled, UV_EBADF for a closed one, and
// UV_EPERM for a file or a device that cannot be polled.
int CheckPollable(int fd);

}  // namespace uvio

#endif  // UVIO_UV_DESCRIPTOR_H_
