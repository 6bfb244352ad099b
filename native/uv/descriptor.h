// What must be known of a descriptor that JavaScript names before libuv may
// have it: libuv aborts where epoll refuses one.
#ifndef UVIO_UV_DESCRIPTOR_H_
#define UVIO_UV_DESCRIPTOR_H_

namespace uvio {

// Whether it is open and can be polled: UV_EBADF, UV_EPERM where it cannot (a
// file, a device without a queue), or 0.
int CheckPollable(int fd);

}  // namespace uvio

#endif  // UVIO_UV_DESCRIPTOR_H_
