// Writes to a socket whose libuv write queue is empty: on Linux by send(2) or
// sendmsg(2), elsewhere by uv_try_write().
#ifndef UVIO_UV_TRY_WRITE_H_
#define UVIO_UV_TRY_WRITE_H_

#include <uv.h>

namespace uvio {

// Returns how many bytes the kernel took, UV_EAGAIN or another error. The
// caller must make sure that libuv has nothing queued for the stream.
int TryWriteSocket(uv_stream_t* stream, const uv_buf_t* buffers,
                   unsigned count);

}  // namespace uvio

#endif  // UVIO_UV_TRY_WRITE_H_
