// Loop methods about TCP: binding, connecting, options.
#include <unistd.h>

#include <string>

#include "api/call.h"
#include "api/loop_class.h"
#include "io/listener.h"
#include "io/tcp_stream.h"
#include "node/arguments.h"
#include "node/values.h"
#include "uv/address.h"
#include "uv/listening_socket.h"

namespace uvio {

namespace {

struct BindOptions {
  std::string address;
  int32_t port = 0;
  ListeningOptions socket;
};

struct ConnectOptions {
  std::string address;
  int32_t port = 0;
  std::string local_address;
  int32_t local_port = 0;
};

bool ReadBindOptions(napi_env env, napi_value value, BindOptions* out) {
  return ReadObject(env, value, "options") &&
         ReadNamed(env, value, "address", ReadString, &out->address) &&
         ReadNamed(env, value, "port", ReadInt32, &out->port) &&
         ReadNamed(env, value, "ipv6Only", ReadBool,
                   &out->socket.is_ipv6_only) &&
         ReadNamed(env, value, "reusePort", ReadBool,
                   &out->socket.is_port_shared);
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
int Bind(StreamHub* hub, const BindOptions& options) {
  sockaddr_storage address;
  int status = ParseAddress(options.address.c_str(), options.port, &address);
  if (status != 0) return status;
  const int fd = BindTcpSocket(AsSockaddr(&address), options.socket);
  if (fd < 0) return fd;
  Listener* listener = Listener::New(hub, fd, &status);
  if (listener != nullptr) return listener->Register().slot;
  close(fd);
  return status;
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

napi_value JsBind(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  BindOptions options;
  if (!ReadBindOptions(env, call.argument(0), &options)) return nullptr;
  // A getter of the options may have closed the loop.
  if (call.object() == nullptr || call.object()->loop().is_closing()) {
    return MakeInt32(env, UV_EBADF);
  }
  return MakeInt32(env, Bind(&call.object()->hub(), options));
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

// Null for what is no TCP connection.
uv_tcp_t* TcpOf(Stream* stream) {
  if (stream == nullptr || stream->uv()->type != UV_TCP) return nullptr;
  return static_cast<TcpStream*>(stream)->tcp();
}

napi_value JsSetNoDelay(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Stream* stream = nullptr;
  bool is_on = false;
  if (!call.ReadStream(&stream) ||
      !ReadBool(env, call.argument(2), "on", &is_on)) {
    return nullptr;
  }
  uv_tcp_t* tcp = TcpOf(stream);
  if (tcp == nullptr) return MakeInt32(env, UV_EBADF);
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
  uv_tcp_t* tcp = TcpOf(stream);
  if (tcp == nullptr) return MakeInt32(env, UV_EBADF);
  return MakeInt32(env, uv_tcp_keepalive(tcp, is_on ? 1 : 0,
                                         static_cast<unsigned>(seconds)));
}

}  // namespace

void AddTcpMethods(Methods* methods) {
  AddMethod(methods, "bind", JsBind);
  AddMethod(methods, "connect", JsConnect);
  AddMethod(methods, "setNoDelay", JsSetNoDelay);
  AddMethod(methods, "setKeepAlive", JsSetKeepAlive);
}

}  // namespace uvio
