#include "api/socket_class.h"

#include <string>

#include "api/loop_class.h"
#include "api/names.h"
#include "node/arguments.h"
#include "node/values.h"
#include "uv/socket.h"

namespace uvio {

napi_value MakeSocketAddress(napi_env env, const SocketAddress& address) {
  if (address.storage.ss_family != AF_UNIX && address.size != 0) {
    return MakeAddress(env, address.storage);
  }
  const std::string path = address.Path();
  napi_value result = nullptr;
  napi_create_string_utf8(env, path.data(), path.size(), &result);
  return result;
}

namespace {

constexpr size_t kMaxArguments = 4;

// One call of a method, and the socket it is for.
struct SocketCall {
  SocketCall(napi_env env, napi_callback_info info) : env(env) {
    size_t count = kMaxArguments;
    napi_value self = nullptr;
    void* data = nullptr;
    if (napi_get_cb_info(env, info, &count, arguments, &self, nullptr) ==
            napi_ok &&
        napi_unwrap(env, self, &data) == napi_ok) {
      socket = static_cast<Socket*>(data);
    }
  }

  bool ReadAddress(size_t index, SocketAddress* address, int* status) const {
    std::string host;
    int32_t port = 0;
    if (!ReadString(env, arguments[index], "address", &host) ||
        !ReadInt32(env, arguments[index + 1], "port", &port)) {
      return false;
    }
    *status = address->Parse(host, port);
    return true;
  }

  const napi_env env;
  napi_value arguments[kMaxArguments] = {};
  Socket* socket = nullptr;
};

napi_value MakeCount(napi_env env, int64_t count) {
  return MakeDouble(env, static_cast<double>(count));
}

// [first, where it came from].
napi_value MakePair(napi_env env, napi_value first,
                    const SocketAddress& address) {
  napi_value result = nullptr;
  if (first == nullptr ||
      napi_create_array_with_length(env, 2, &result) != napi_ok ||
      napi_set_element(env, result, 0, first) != napi_ok ||
      napi_set_element(env, result, 1, MakeSocketAddress(env, address)) !=
          napi_ok) {
    return nullptr;
  }
  return result;
}

napi_value JsSocket(napi_env env, napi_callback_info info) {
  napi_value target = nullptr;
  napi_value self = nullptr;
  if (napi_get_new_target(env, info, &target) != napi_ok || target == nullptr) {
    napi_throw_type_error(env, nullptr, "Socket must be called with new");
    return nullptr;
  }
  if (napi_get_cb_info(env, info, nullptr, nullptr, &self, nullptr) !=
      napi_ok) {
    return nullptr;
  }
  auto* socket = new Socket;
  const auto finalize = [](napi_env, void* data, void*) {
    delete static_cast<Socket*>(data);
  };
  if (napi_wrap(env, self, socket, finalize, nullptr, nullptr) != napi_ok) {
    delete socket;
    return nullptr;
  }
  return self;
}

napi_value JsOpen(napi_env env, napi_callback_info info) {
  const SocketCall call(env, info);
  int32_t family = 0;
  int32_t type = 0;
  int32_t protocol = 0;
  if (!ReadInt32(env, call.arguments[0], "family", &family) ||
      !ReadInt32(env, call.arguments[1], "type", &type) ||
      !ReadInt32(env, call.arguments[2], "protocol", &protocol)) {
    return nullptr;
  }
  return MakeInt32(env, call.socket->Open(family, type, protocol));
}

// A method of the socket that takes a number.
napi_value WithInt(napi_env env, napi_callback_info info, const char* name,
                   int (Socket::*method)(int)) {
  const SocketCall call(env, info);
  int32_t value = 0;
  if (!ReadInt32(env, call.arguments[0], name, &value)) return nullptr;
  return MakeInt32(env, (call.socket->*method)(value));
}

// A method of the socket that takes an address.
napi_value WithAddress(napi_env env, napi_callback_info info,
                       int (Socket::*method)(const SocketAddress&)) {
  const SocketCall call(env, info);
  SocketAddress address;
  int status = 0;
  if (!call.ReadAddress(0, &address, &status)) return nullptr;
  return MakeInt32(env, status != 0 ? status : (call.socket->*method)(address));
}

napi_value JsAdopt(napi_env env, napi_callback_info info) {
  return WithInt(env, info, "fd", &Socket::Adopt);
}

napi_value JsDetach(napi_env env, napi_callback_info info) {
  return MakeInt32(env, SocketCall(env, info).socket->Detach());
}

napi_value JsClose(napi_env env, napi_callback_info info) {
  SocketCall(env, info).socket->Close();
  return nullptr;
}

napi_value JsFileno(napi_env env, napi_callback_info info) {
  return MakeInt32(env, SocketCall(env, info).socket->fd());
}

napi_value JsBind(napi_env env, napi_callback_info info) {
  return WithAddress(env, info, &Socket::Bind);
}

napi_value JsListen(napi_env env, napi_callback_info info) {
  return WithInt(env, info, "backlog", &Socket::Listen);
}

napi_value JsConnect(napi_env env, napi_callback_info info) {
  return WithAddress(env, info, &Socket::Connect);
}

napi_value JsAccept(napi_env env, napi_callback_info info) {
  const SocketCall call(env, info);
  SocketAddress peer;
  const int fd = call.socket->Accept(&peer);
  return fd < 0 ? MakeInt32(env, fd) : MakePair(env, MakeInt32(env, fd), peer);
}

napi_value JsShutdown(napi_env env, napi_callback_info info) {
  return WithInt(env, info, "how", &Socket::Shutdown);
}

napi_value JsReceive(napi_env env, napi_callback_info info) {
  const SocketCall call(env, info);
  ByteView bytes;
  if (!ReadBytes(env, call.arguments[0], "bytes", &bytes)) return nullptr;
  return MakeCount(
      env, call.socket->Receive(const_cast<char*>(bytes.data), bytes.length));
}

napi_value JsReceiveFrom(napi_env env, napi_callback_info info) {
  const SocketCall call(env, info);
  ByteView bytes;
  if (!ReadBytes(env, call.arguments[0], "bytes", &bytes)) return nullptr;
  SocketAddress sender;
  const int64_t count = call.socket->ReceiveFrom(const_cast<char*>(bytes.data),
                                                 bytes.length, &sender);
  if (count < 0) return MakeCount(env, count);
  return MakePair(env, MakeCount(env, count), sender);
}

napi_value JsSend(napi_env env, napi_callback_info info) {
  const SocketCall call(env, info);
  ByteView bytes;
  size_t offset = 0;
  if (!ReadBytes(env, call.arguments[0], "bytes", &bytes) ||
      !ReadSize(env, call.arguments[1], "offset", bytes.length, &offset)) {
    return nullptr;
  }
  return MakeCount(
      env, call.socket->Send(bytes.data + offset, bytes.length - offset));
}

napi_value JsSendTo(napi_env env, napi_callback_info info) {
  const SocketCall call(env, info);
  ByteView bytes;
  SocketAddress to;
  int status = 0;
  if (!call.ReadAddress(1, &to, &status) ||
      !ReadBytes(env, call.arguments[0], "bytes", &bytes)) {
    return nullptr;
  }
  if (status != 0) return MakeInt32(env, status);
  return MakeCount(env, call.socket->SendTo(bytes.data, bytes.length, to));
}

napi_value JsSendFile(napi_env env, napi_callback_info info) {
  const SocketCall call(env, info);
  FilePart part;
  if (!ReadFilePart(env, call.arguments, &part)) return nullptr;
  return MakeCount(
      env, SendFile(call.socket->fd(), part.fd, part.offset, part.count));
}

napi_value NameOf(napi_env env, napi_callback_info info,
                  int (*get)(int, SocketAddress*)) {
  const SocketCall call(env, info);
  SocketAddress address;
  const int status = get(call.socket->fd(), &address);
  return status < 0 ? MakeInt32(env, status) : MakeSocketAddress(env, address);
}

napi_value JsLocalAddress(napi_env env, napi_callback_info info) {
  return NameOf(env, info, GetLocalAddress);
}

napi_value JsPeerAddress(napi_env env, napi_callback_info info) {
  return NameOf(env, info, GetPeerAddress);
}

// AF_INET and so on.
napi_value JsFamily(napi_env env, napi_callback_info info) {
  const SocketCall call(env, info);
  SocketAddress address;
  const int status = GetLocalAddress(call.socket->fd(), &address);
  return MakeInt32(env, status < 0 ? status : address.storage.ss_family);
}

napi_value JsSetOption(napi_env env, napi_callback_info info) {
  const SocketCall call(env, info);
  return SetOption(env, call.socket->fd(), call.arguments);
}

napi_value JsGetOption(napi_env env, napi_callback_info info) {
  const SocketCall call(env, info);
  return GetOption(env, call.socket->fd(), call.arguments);
}

}  // namespace

bool ReadFilePart(napi_env env, const napi_value arguments[3], FilePart* part) {
  constexpr size_t kMax = (size_t{1} << 53) - 1;
  size_t offset = 0;
  if (!ReadInt32(env, arguments[0], "file", &part->fd) ||
      !ReadSize(env, arguments[1], "offset", kMax, &offset) ||
      !ReadSize(env, arguments[2], "count", kMax, &part->count)) {
    return false;
  }
  part->offset = static_cast<int64_t>(offset);
  return true;
}

napi_value JsSocketPair(napi_env env, napi_callback_info info) {
  const SocketCall call(env, info);
  int32_t numbers[3] = {};
  const char* names[3] = {"family", "type", "protocol"};
  for (size_t i = 0; i < 3; i++) {
    if (!ReadInt32(env, call.arguments[i], names[i], &numbers[i])) {
      return nullptr;
    }
  }
  int fds[2] = {-1, -1};
  const int status = OpenSocketPair(numbers[0], numbers[1], numbers[2], fds);
  if (status < 0) return MakeInt32(env, status);
  napi_value result = nullptr;
  if (napi_create_array_with_length(env, 2, &result) != napi_ok) return nullptr;
  for (uint32_t i = 0; i < 2; i++) {
    napi_set_element(env, result, i, MakeInt32(env, fds[i]));
  }
  return result;
}

napi_value DefineSocketClass(napi_env env) {
  Methods methods;
  AddMethod(&methods, "open", JsOpen);
  AddMethod(&methods, "adopt", JsAdopt);
  AddMethod(&methods, "detach", JsDetach);
  AddMethod(&methods, "close", JsClose);
  AddMethod(&methods, "fileno", JsFileno);
  AddMethod(&methods, "bind", JsBind);
  AddMethod(&methods, "listen", JsListen);
  AddMethod(&methods, "connect", JsConnect);
  AddMethod(&methods, "accept", JsAccept);
  AddMethod(&methods, "shutdown", JsShutdown);
  AddMethod(&methods, "receive", JsReceive);
  AddMethod(&methods, "receiveFrom", JsReceiveFrom);
  AddMethod(&methods, "send", JsSend);
  AddMethod(&methods, "sendTo", JsSendTo);
  AddMethod(&methods, "sendFile", JsSendFile);
  AddMethod(&methods, "family", JsFamily);
  AddMethod(&methods, "localAddress", JsLocalAddress);
  AddMethod(&methods, "peerAddress", JsPeerAddress);
  AddMethod(&methods, "setOption", JsSetOption);
  AddMethod(&methods, "getOption", JsGetOption);
  napi_value result = nullptr;
  napi_define_class(env, "Socket", NAPI_AUTO_LENGTH, JsSocket, nullptr,
                    methods.size(), methods.data(), &result);
  return result;
}

}  // namespace uvio
