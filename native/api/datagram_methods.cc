// Loop methods about UDP sockets, and the addresses of their datagrams.
#include <cstring>
#include <string>

#include "api/call.h"
#include "api/loop_class.h"
#include "api/names.h"
#include "io/udp_socket.h"
#include "node/arguments.h"
#include "node/values.h"
#include "uv/address.h"
#include "uv/socket_options.h"

namespace uvio {

namespace {

struct DatagramOptions {
  bool is_ipv6 = false;
  bool is_port_shared = false;
  bool may_broadcast = false;
};

bool ReadDatagramOptions(napi_env env, napi_value value, DatagramOptions* out) {
  return ReadObject(env, value, "options") &&
         ReadNamed(env, value, "ipv6", ReadBool, &out->is_ipv6) &&
         ReadNamed(env, value, "reusePort", ReadBool, &out->is_port_shared) &&
         ReadNamed(env, value, "broadcast", ReadBool, &out->may_broadcast);
}

// Returns a slot or an error code.
int OpenDatagram(StreamHub* hub, const DatagramOptions& options) {
  int status = 0;
  const int family = options.is_ipv6 ? AF_INET6 : AF_INET;
  UdpSocket* socket = UdpSocket::New(hub, family, &status);
  if (socket == nullptr) return status;
  if (options.is_port_shared) status = SetReusePort(socket->uv());
  if (status == 0 && options.may_broadcast) {
    status = uv_udp_set_broadcast(socket->udp(), 1);
  }
  if (status != 0) {
    socket->Close();
    return status;
  }
  return socket->Register().slot;
}

napi_value JsOpenDatagram(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  DatagramOptions options;
  if (!ReadDatagramOptions(env, call.argument(0), &options)) return nullptr;
  // A getter of the options may have closed the loop.
  if (call.object() == nullptr || call.object()->loop().is_closing()) {
    return MakeInt32(env, UV_EBADF);
  }
  return MakeInt32(env, OpenDatagram(&call.object()->hub(), options));
}

napi_value WithAddress(napi_env env, napi_callback_info info,
                       int (*apply)(uv_udp_t*, const sockaddr*)) {
  Call call(env, info);
  UdpSocket* socket = nullptr;
  std::string host;
  int32_t port = 0;
  if (!call.ReadSocket(&socket) ||
      !ReadString(env, call.argument(2), "address", &host) ||
      !ReadInt32(env, call.argument(3), "port", &port)) {
    return nullptr;
  }
  if (socket == nullptr) return MakeInt32(env, UV_EBADF);
  sockaddr_storage address;
  const int status = ParseAddress(host.c_str(), port, &address);
  return MakeInt32(
      env, status != 0 ? status : apply(socket->udp(), AsSockaddr(&address)));
}

napi_value JsBindDatagram(napi_env env, napi_callback_info info) {
  return WithAddress(env, info, [](uv_udp_t* udp, const sockaddr* address) {
    return uv_udp_bind(udp, address, 0);
  });
}

napi_value JsConnectDatagram(napi_env env, napi_callback_info info) {
  return WithAddress(env, info, uv_udp_connect);
}

napi_value JsReceiveStart(napi_env env, napi_callback_info info) {
  Call call(env, info);
  UdpSocket* socket = nullptr;
  if (!call.ReadSocket(&socket)) return nullptr;
  return MakeInt32(env, socket == nullptr ? UV_EBADF : socket->ReceiveStart());
}

napi_value JsFlushDatagrams(napi_env env, napi_callback_info info) {
  Call call(env, info);
  UdpSocket* socket = nullptr;
  if (!call.ReadSocket(&socket)) return nullptr;
  if (socket == nullptr) return MakeInt32(env, UV_EBADF);
  call.object()->hub().submissions().SendDatagrams();
  return MakeDouble(env, static_cast<double>(socket->queued_bytes()));
}

napi_value JsPackAddress(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  std::string host;
  int32_t port = 0;
  ByteView bytes;
  if (!ReadString(env, call.argument(0), "address", &host) ||
      !ReadInt32(env, call.argument(1), "port", &port) ||
      !ReadBytes(env, call.argument(2), "bytes", &bytes)) {
    return nullptr;
  }
  sockaddr_storage address;
  const int status = ParseAddress(host.c_str(), port, &address);
  if (status != 0) return MakeInt32(env, status);
  const PackedAddress packed = PackAddress(AsSockaddr(&address));
  if (bytes.length < sizeof(packed)) {
    ThrowRangeError(env, "bytes", "long enough for a packed address");
    return nullptr;
  }
  std::memcpy(const_cast<char*>(bytes.data), &packed, sizeof(packed));
  return MakeInt32(env, 0);
}

napi_value JsUnpackAddress(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  ByteView bytes;
  PackedAddress packed;
  if (!ReadBytes(env, call.argument(0), "bytes", &bytes)) return nullptr;
  if (bytes.length < sizeof(packed)) {
    ThrowRangeError(env, "bytes", "a packed address");
    return nullptr;
  }
  std::memcpy(&packed, bytes.data, sizeof(packed));
  sockaddr_storage address;
  UnpackAddress(packed, &address);
  return MakeAddress(env, address);
}

}  // namespace

void AddDatagramMethods(Methods* methods) {
  AddMethod(methods, "openDatagram", JsOpenDatagram);
  AddMethod(methods, "bindDatagram", JsBindDatagram);
  AddMethod(methods, "connectDatagram", JsConnectDatagram);
  AddMethod(methods, "receiveStart", JsReceiveStart);
  AddMethod(methods, "flushDatagrams", JsFlushDatagrams);
  AddMethod(methods, "packAddress", JsPackAddress);
  AddMethod(methods, "unpackAddress", JsUnpackAddress);
}

}  // namespace uvio
