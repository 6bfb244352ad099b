// JavaScript values that several methods return.
#ifndef UVIO_API_VALUES_H_
#define UVIO_API_VALUES_H_

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "uv/socket_address.h"

namespace uvio {

// Node's shape { address, port, family }; an error code for an address that is
// neither IPv4 nor IPv6.
Napi::Value MakeAddress(Napi::Env env, const sockaddr_storage& address);
// Node's shape, or the path of a Unix socket: "" when it is not bound.
Napi::Value MakeSocketAddress(Napi::Env env, const SocketAddress& address);
// The address that `get` finds for a socket, or an error code.
Napi::Value NameOf(Napi::Env env, int fd, int (*get)(int, SocketAddress*));

// An ArrayBuffer with a copy of the bytes. Empty with an exception pending.
Napi::Value CopyToArrayBuffer(Napi::Env env, const char* data, size_t length);

template <typename T>
Napi::Array MakeArray(Napi::Env env, const std::vector<T>& elements) {
  Napi::Array result = Napi::Array::New(env, elements.size());
  for (uint32_t i = 0; i < elements.size(); i++) result.Set(i, elements[i]);
  return result;
}

struct Constant {
  const char* name;
  int32_t value;
};

// An object with the constants as properties.
Napi::Object MakeConstants(Napi::Env env, std::span<const Constant> constants);

// The layout of the shared records, for the test that compares it with
// src/native-loop/boundary/layout.ts.
Napi::Object MakeLayout(Napi::Env env);  // layout.cc
// The system's numbers for socket calls.
Napi::Object MakeSocketConstants(Napi::Env env);  // socket_options.cc

}  // namespace uvio

#endif  // UVIO_API_VALUES_H_
