// Makes JavaScript values of addresses, bytes and constants.
#include "api/values.h"

#include <cstring>

#include "uv/address.h"

namespace uvio {

Napi::Value MakeAddress(Napi::Env env, const sockaddr_storage& address) {
  AddressText text;
  const int status = FormatAddress(address, &text);
  if (status != 0) return Napi::Number::New(env, status);
  Napi::Object result = Napi::Object::New(env);
  result.Set("address", text.host);
  result.Set("port", text.port);
  result.Set("family", text.is_ipv6 ? "IPv6" : "IPv4");
  return result;
}

Napi::Value MakeSocketAddress(Napi::Env env, const SocketAddress& address) {
  if (address.storage.ss_family != AF_UNIX && address.size != 0) {
    return MakeAddress(env, address.storage);
  }
  return Napi::String::New(env, address.Path());
}

Napi::Value NameOf(Napi::Env env, int fd, int (*get)(int, SocketAddress*)) {
  SocketAddress address;
  const int status = get(fd, &address);
  return status < 0 ? Napi::Number::New(env, status)
                    : MakeSocketAddress(env, address);
}

// On the C interface: an empty Napi::ArrayBuffer, as after a failure, aborts
// when its memory is used.
Napi::Value CopyToArrayBuffer(Napi::Env env, const char* data, size_t length) {
  void* copy = nullptr;
  napi_value result = nullptr;
  napi_create_arraybuffer(env, length, &copy, &result);
  if (copy != nullptr && length != 0) std::memcpy(copy, data, length);
  return Napi::Value(env, result);
}

Napi::Object MakeConstants(Napi::Env env, std::span<const Constant> constants) {
  Napi::Object result = Napi::Object::New(env);
  for (const Constant& constant : constants) {
    result.Set(constant.name, constant.value);
  }
  return result;
}

}  // namespace uvio
