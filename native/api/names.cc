// Loop methods that tell where a handle is bound or connected to.
#include "api/names.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "api/call.h"
#include "api/loop_class.h"
#include "io/tcp_stream.h"
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

using Getter = int (*)(int, sockaddr*, socklen_t*);

// `length`: of the whole address. An end that is not bound has the path "".
napi_value MakePath(napi_env env, const sockaddr_storage& address,
                    size_t length) {
  const auto* unix_address = reinterpret_cast<const sockaddr_un*>(&address);
  const char* path = unix_address->sun_path;
  const size_t before = offsetof(sockaddr_un, sun_path);
  size_t used = length > before ? length - before : 0;
  // A path ends with a zero, an abstract name begins with one.
  if (used != 0 && path[0] != 0) used = strnlen(path, used);
  napi_value result = nullptr;
  napi_create_string_utf8(env, path, used, &result);
  return result;
}

napi_value NameOf(napi_env env, IoHandle* handle, Getter getter) {
  if (handle == nullptr) return MakeInt32(env, UV_EBADF);
  uv_os_fd_t fd = -1;
  const int status = uv_fileno(handle->uv(), &fd);
  if (status != 0) return MakeInt32(env, status);
  sockaddr_storage address = {};
  socklen_t length = sizeof(address);
  if (getter(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return MakeInt32(env, uv_translate_sys_error(errno));
  }
  return address.ss_family == AF_UNIX ? MakePath(env, address, length)
                                      : MakeAddress(env, address);
}

napi_value JsLocalAddress(napi_env env, napi_callback_info info) {
  Call call(env, info);
  IoHandle* handle = nullptr;
  if (!call.ReadHandle(&handle)) return nullptr;
  return NameOf(env, handle, getsockname);
}

napi_value JsPeerAddress(napi_env env, napi_callback_info info) {
  Call call(env, info);
  IoHandle* handle = nullptr;
  if (!call.ReadHandle(&handle)) return nullptr;
  if (handle != nullptr && handle->uv()->type == UV_TCP) {
    sockaddr_storage known = {};
    const auto* tcp = static_cast<TcpStream*>(handle);
    if (UnpackAddress(tcp->peer(), &known)) return MakeAddress(env, known);
  }
  return NameOf(env, handle, getpeername);
}

}  // namespace

void AddNameMethods(Methods* methods) {
  AddMethod(methods, "localAddress", JsLocalAddress);
  AddMethod(methods, "peerAddress", JsPeerAddress);
}

}  // namespace uvio
