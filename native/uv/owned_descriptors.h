// The descriptors that handles of ours own, in all loops and
// threads: descriptors are the process's. Two owners of one would end in
// libuv's abort(): the first that closes it takes it away from the other's
// poll.
#ifndef UVIO_UV_OWNED_DESCRIPTORS_H_
#define UVIO_UV_OWNED_DESCRIPTORS_H_

namespace uvio {

void MarkOwned(int fd, bool is_owned);
bool IsOwned(int fd);

}  // namespace uvio

#endif  // UVIO_UV_OWNED_DESCRIPTORS_H_
