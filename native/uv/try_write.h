// uv_try_write() for sockets whose write queue is empty, without the layers
// that a socket does not need.
#ifndef UVIO_UV_TRY_WRITE_H_
#define UVIO_UV_TRY_WRITE_H_

#include <uv.h>

namespace uvio {

// Returns how many bytes the kernel took, UV_EAGAIN or another error. The
// caller has made sure that libuv has nothing queued for the stream.
int TryWriteSocket(uv_stream_t* stream, const uv_buf_t* buffers,
                   unsigned count);

}  // namespace uvio

#endif  // UVIO_UV_TRY_WRITE_H_
