// Registers the descriptors that uvio's handles own, in all loops and threads
// of the process. Two owners of one descriptor would end in libuv's abort():
// one closes it while the other still polls it.
#ifndef UVIO_UV_OWNED_DESCRIPTORS_H_
#define UVIO_UV_OWNED_DESCRIPTORS_H_

namespace uvio {

void MarkOwned(int fd, bool is_owned);
bool IsOwned(int fd);

}  // namespace uvio

#endif  // UVIO_UV_OWNED_DESCRIPTORS_H_
