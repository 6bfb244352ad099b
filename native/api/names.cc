// Loop methods that tell where a handle is bound or connected to.
#include "api/names.h"

#include "api/call.h"
#include "api/loop_class.h"
#include "node/values.h"
#include "uv/address.h"

namespace uvio {

napi_value MakeAddress(napi_env env, const sockaddr_storage& address) {
  AddressText text;
  const int status = FormatAddress(address, &text);
  if (status != 0) return MakeInt32(env, status);
  napi_value result = MakeObject(env);
  SetNamed(env, result, "address", MakeString(env, text.host));
  SetNamed(env, result, "port", MakeInt32(env, text.port));
  SetNamed(env, result, "family",
           MakeString(env, text.is_ipv6 ? "IPv6" : "IPv4"));
  return result;
}

namespace {

// What libuv has for each type of handle.
struct Getters {
  int (*tcp)(const uv_tcp_t*, sockaddr*, int*);
  int (*udp)(const uv_udp_t*, sockaddr*, int*);
  int (*pipe)(const uv_pipe_t*, char*, size_t*);
};

napi_value PathOf(napi_env env, const uv_pipe_t* pipe, const Getters& getters) {
  char path[256];  // Longer than any system's sun_path.
  size_t length = sizeof(path);
  const int status = getters.pipe(pipe, path, &length);
  if (status != 0) return MakeInt32(env, status);
  napi_value result = nullptr;
  napi_create_string_utf8(env, path, length, &result);
  return result;
}

napi_value NameOf(napi_env env, napi_callback_info info,
                  const Getters& getters) {
  Call call(env, info);
  IoHandle* handle = nullptr;
  if (!call.ReadHandle(&handle)) return nullptr;
  if (handle == nullptr) return MakeInt32(env, UV_EBADF);
  const uv_handle_t* uv = handle->uv();
  if (uv->type == UV_NAMED_PIPE) {
    return PathOf(env, reinterpret_cast<const uv_pipe_t*>(uv), getters);
  }
  sockaddr_storage address;
  int length = sizeof(address);
  auto* out = reinterpret_cast<sockaddr*>(&address);
  const int status =
      uv->type == UV_UDP
          ? getters.udp(reinterpret_cast<const uv_udp_t*>(uv), out, &length)
          : getters.tcp(reinterpret_cast<const uv_tcp_t*>(uv), out, &length);
  return status != 0 ? MakeInt32(env, status) : MakeAddress(env, address);
}

napi_value JsLocalAddress(napi_env env, napi_callback_info info) {
  return NameOf(env, info,
                {uv_tcp_getsockname, uv_udp_getsockname, uv_pipe_getsockname});
}

napi_value JsPeerAddress(napi_env env, napi_callback_info info) {
  return NameOf(env, info,
                {uv_tcp_getpeername, uv_udp_getpeername, uv_pipe_getpeername});
}

}  // namespace

void AddNameMethods(Methods* methods) {
  AddMethod(methods, "localAddress", JsLocalAddress);
  AddMethod(methods, "peerAddress", JsPeerAddress);
}

}  // namespace uvio
