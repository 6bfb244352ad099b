// The class `Socket` as JavaScript sees it, and what goes with it;
// src/native-loop/boundary/addon.ts says what each method does.
#ifndef UVIO_API_SOCKET_CLASS_H_
#define UVIO_API_SOCKET_CLASS_H_

#include <node_api.h>

#include <cstddef>
#include <cstdint>

#include "uv/socket_address.h"

namespace uvio {

// Null with an exception pending on failure.
napi_value DefineSocketClass(napi_env env);
napi_value JsSocketPair(napi_env env, napi_callback_info info);
// The system's numbers by their names.
napi_value MakeSocketConstants(napi_env env);

// Of a file, for sendFile().
struct FilePart {
  int32_t fd = -1;
  int64_t offset = 0;
  size_t count = 0;
};
bool ReadFilePart(napi_env env, const napi_value arguments[3], FilePart* part);

// Node's shape, or a path.
napi_value MakeSocketAddress(napi_env env, const SocketAddress& address);

// The value of an option: a number, or a Uint8Array of what is none. Returns
// what setOption() of addon.ts does.
napi_value SetOption(napi_env env, int fd, const napi_value arguments[3]);
napi_value GetOption(napi_env env, int fd, const napi_value arguments[3]);

}  // namespace uvio

#endif  // UVIO_API_SOCKET_CLASS_H_
