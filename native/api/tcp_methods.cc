// Loop methods about TCP: listening, connecting, options and addresses.
#include <string>

#include "api/call.h"
#include "api/loop_class.h"
#include "io/tcp_listener.h"
#include "io/tcp_stream.h"
#include "node/arguments.h"
#include "node/values.h"
#include "uv/address.h"

namespace uvio {

namespace {

struct ListenOptions {
  std::string address;
  int32_t port = 0;
  int32_t backlog = 0;
  bool is_ipv6_only = false;
  bool is_port_shared = false;
};

struct ConnectOptions {
  std::string address;
  int32_t port = 0;
  std::string local_address;
  int32_t local_port = 0;
};

template <typename T>
bool ReadNamed(napi_env env, napi_value object, const char* name,
               bool (*read)(napi_env, napi_value, const char*, T*), T* out) {
  napi_value value = nullptr;
  return ReadProperty(env, object, name, &value) && read(env, value, name, out);
}

template <typename T>
bool ReadOptionalNamed(napi_env env, napi_value object, const char* name,
                       bool (*read)(napi_env, napi_value, const char*, T*),
                       T* out) {
  napi_value value = nullptr;
  bool is_given = false;
  if (!ReadOptional(env, object, name, &value, &is_given)) return false;
  return !is_given || read(env, value, name, out);
}

bool ReadListenOptions(napi_env env, napi_value value, ListenOptions* out) {
  return ReadObject(env, value, "options") &&
         ReadNamed(env, value, "address", ReadString, &out->address) &&
         ReadNamed(env, value, "port", ReadInt32, &out->port) &&
         ReadNamed(env, value, "backlog", ReadInt32, &out->backlog) &&
         ReadNamed(env, value, "ipv6Only", ReadBool, &out->is_ipv6_only) &&
         ReadNamed(env, value, "reusePort", ReadBool, &out->is_port_shared);
}

bool ReadConnectOptions(napi_env env, napi_value value, ConnectOptions* out) {
  return ReadObject(env, value, "options") &&
         ReadNamed(env, value, "address", ReadString, &out->address) &&
         ReadNamed(env, value, "port", ReadInt32, &out->port) &&
         ReadOptionalNamed(env, value, "localAddress", ReadString,
                           &out->local_address) &&
         ReadOptionalNamed(env, value, "localPort", ReadInt32,
                           &out->local_port);
}

// Returns a slot or an error code.
int Listen(StreamHub* hub, const ListenOptions& options) {
  sockaddr_storage address;
  int status = ParseAddress(options.address.c_str(), options.port, &address);
  if (status != 0) return status;
  const int family = options.is_port_shared ? address.ss_family : AF_UNSPEC;
  TcpListener* listener = TcpListener::New(hub, family, &status);
  if (listener == nullptr) return status;
  if (options.is_port_shared) status = listener->SetReusePort();
  if (status == 0) {
    const bool is_ipv6_only =
        options.is_ipv6_only && address.ss_family == AF_INET6;
    status = uv_tcp_bind(listener->tcp(), AsSockaddr(&address),
                         is_ipv6_only ? UV_TCP_IPV6ONLY : 0);
  }
  if (status == 0) status = listener->Listen(options.backlog);
  if (status != 0) {
    listener->Close();
    return status;
  }
  return listener->Register().slot;
}

int BindLocal(TcpStream* stream, const ConnectOptions& options, int family) {
  if (options.local_address.empty() && options.local_port == 0) return 0;
  const char* any = family == AF_INET6 ? "::" : "0.0.0.0";
  sockaddr_storage local;
  const int status = ParseAddress(
      options.local_address.empty() ? any : options.local_address.c_str(),
      options.local_port, &local);
  return status != 0 ? status
                     : uv_tcp_bind(stream->tcp(), AsSockaddr(&local), 0);
}

int Connect(StreamHub* hub, const ConnectOptions& options) {
  sockaddr_storage address;
  int status = ParseAddress(options.address.c_str(), options.port, &address);
  if (status != 0) return status;
  TcpStream* stream = TcpStream::New(hub, &status);
  if (stream == nullptr) return status;
  status = BindLocal(stream, options, address.ss_family);
  if (status == 0) status = stream->Connect(AsSockaddr(&address));
  if (status != 0) {
    stream->Close();
    return status;
  }
  return stream->Register().slot;
}

napi_value JsListen(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  ListenOptions options;
  if (!ReadListenOptions(env, call.argument(0), &options)) return nullptr;
  // A getter of the options may have closed the loop.
  if (call.object() == nullptr || call.object()->loop().is_closing()) {
    return MakeInt32(env, UV_EBADF);
  }
  return MakeInt32(env, Listen(&call.object()->hub(), options));
}

napi_value JsConnect(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  ConnectOptions options;
  if (!ReadConnectOptions(env, call.argument(0), &options)) return nullptr;
  if (call.object() == nullptr || call.object()->loop().is_closing()) {
    return MakeInt32(env, UV_EBADF);
  }
  return MakeInt32(env, Connect(&call.object()->hub(), options));
}

// All streams are TCP connections today; listeners are refused.
napi_value JsSetNoDelay(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Stream* stream = nullptr;
  bool is_on = false;
  if (!call.ReadStream(&stream) ||
      !ReadBool(env, call.argument(2), "on", &is_on)) {
    return nullptr;
  }
  if (stream == nullptr) return MakeInt32(env, UV_EBADF);
  uv_tcp_t* tcp = static_cast<TcpStream*>(stream)->tcp();
  return MakeInt32(env, uv_tcp_nodelay(tcp, is_on ? 1 : 0));
}

napi_value JsSetKeepAlive(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Stream* stream = nullptr;
  bool is_on = false;
  size_t seconds = 0;
  constexpr size_t kMaxSeconds = 0x7fff;  // The kernel's limit.
  if (!call.ReadStream(&stream) ||
      !ReadBool(env, call.argument(2), "on", &is_on) ||
      !ReadSize(env, call.argument(3), "seconds", kMaxSeconds, &seconds)) {
    return nullptr;
  }
  if (stream == nullptr) return MakeInt32(env, UV_EBADF);
  uv_tcp_t* tcp = static_cast<TcpStream*>(stream)->tcp();
  return MakeInt32(env, uv_tcp_keepalive(tcp, is_on ? 1 : 0,
                                         static_cast<unsigned>(seconds)));
}

using GetName = int (*)(const uv_tcp_t*, sockaddr*, int*);

napi_value AddressOf(napi_env env, napi_callback_info info, GetName get_name) {
  Call call(env, info);
  IoHandle* handle = nullptr;
  if (!call.ReadHandle(&handle)) return nullptr;
  if (handle == nullptr) return MakeInt32(env, UV_EBADF);
  sockaddr_storage address;
  int length = sizeof(address);
  AddressText text;
  int status = get_name(reinterpret_cast<const uv_tcp_t*>(handle->uv()),
                        reinterpret_cast<sockaddr*>(&address), &length);
  if (status == 0) status = FormatAddress(address, &text);
  if (status != 0) return MakeInt32(env, status);
  napi_value result = MakeObject(env);
  SetNamed(env, result, "address", MakeString(env, text.host));
  SetNamed(env, result, "port", MakeInt32(env, text.port));
  SetNamed(env, result, "family",
           MakeString(env, text.is_ipv6 ? "IPv6" : "IPv4"));
  return result;
}

napi_value JsLocalAddress(napi_env env, napi_callback_info info) {
  return AddressOf(env, info, uv_tcp_getsockname);
}

napi_value JsPeerAddress(napi_env env, napi_callback_info info) {
  return AddressOf(env, info, uv_tcp_getpeername);
}

}  // namespace

void AddTcpMethods(Methods* methods) {
  AddMethod(methods, "listen", JsListen);
  AddMethod(methods, "connect", JsConnect);
  AddMethod(methods, "setNoDelay", JsSetNoDelay);
  AddMethod(methods, "setKeepAlive", JsSetKeepAlive);
  AddMethod(methods, "localAddress", JsLocalAddress);
  AddMethod(methods, "peerAddress", JsPeerAddress);
}

}  // namespace uvio
