// libuv's error codes as text, without the leak that uv_err_name has for
// unknown codes.
#ifndef UVIO_UV_STATUS_H_
#define UVIO_UV_STATUS_H_

#include <uv.h>

namespace uvio {

struct StatusText {
  char name[64];
  char message[256];

  explicit StatusText(int status) {
    uv_err_name_r(status, name, sizeof(name));
    uv_strerror_r(status, message, sizeof(message));
  }
};

}  // namespace uvio

#endif  // UVIO_UV_STATUS_H_
