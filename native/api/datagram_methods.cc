// Loop methods about datagram sockets, and the addresses of their datagrams.
#include <cstring>
#include <string>

#include "api/call.h"
#include "api/loop_class.h"
#include "api/names.h"
#include "io/datagram_socket.h"
#include "node/arguments.h"
#include "node/values.h"
#include "uv/address.h"

namespace uvio {

namespace {

napi_value JsReceiveStart(napi_env env, napi_callback_info info) {
  Call call(env, info);
  DatagramSocket* socket = nullptr;
  if (!call.ReadSocket(&socket)) return nullptr;
  return MakeInt32(env, socket == nullptr ? UV_EBADF : socket->ReceiveStart());
}

napi_value JsFlushDatagrams(napi_env env, napi_callback_info info) {
  Call call(env, info);
  DatagramSocket* socket = nullptr;
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
  AddMethod(methods, "receiveStart", JsReceiveStart);
  AddMethod(methods, "flushDatagrams", JsFlushDatagrams);
  AddMethod(methods, "packAddress", JsPackAddress);
  AddMethod(methods, "unpackAddress", JsUnpackAddress);
}

}  // namespace uvio
