// Loop methods about the sockets under transports: those that were made
// elsewhere, and what only the system's own calls can do.
#include <unistd.h>

#include "api/call.h"
#include "api/loop_class.h"
#include "api/socket_class.h"
#include "io/datagram_socket.h"
#include "io/listener.h"
#include "io/pipe_stream.h"
#include "io/tcp_stream.h"
#include "node/arguments.h"
#include "node/values.h"
#include "uv/owned_descriptors.h"
#include "uv/socket.h"

namespace uvio {

namespace {

// 0 for a socket of this type that no handle of ours uses.
int CheckSocket(int fd, int type, int* family) {
  int is_type = 0;
  size_t length = sizeof(is_type);
  int status = GetSocketOption(fd, SOL_SOCKET, SO_TYPE, &is_type, &length);
  if (status < 0) return status;
  if (is_type != type) return UV_EPROTOTYPE;
  if (IsOwned(fd)) return UV_EEXIST;
  SocketAddress address;
  status = GetLocalAddress(fd, &address);
  *family = address.storage.ss_family;
  return status;
}

// The slot of a handle that has been opened, or the error code it is closed
// with.
int Registered(IoHandle* handle, int status) {
  if (handle == nullptr) return status;
  if (status == 0) return handle->Register().slot;
  handle->Close();
  return status;
}

int AdoptStream(StreamHub* hub, int fd, int family) {
  int status = 0;
  if (family == AF_UNIX) {
    PipeStream* stream = PipeStream::New(hub, &status);
    if (stream != nullptr) status = uv_pipe_open(stream->pipe(), fd);
    return Registered(stream, status);
  }
  TcpStream* stream = TcpStream::New(hub, &status);
  if (stream != nullptr) status = stream->Open(fd, nullptr);
  return Registered(stream, status);
}

int AdoptListener(StreamHub* hub, int fd, int) {
  int status = 0;
  Listener* listener = Listener::New(hub, fd, &status);
  return Registered(listener, status);
}

int AdoptDatagrams(StreamHub* hub, int fd, int family) {
  if (family != AF_INET && family != AF_INET6 && family != AF_UNIX) {
    return UV_EAFNOSUPPORT;
  }
  int status = 0;
  DatagramSocket* socket = DatagramSocket::New(hub, fd, family, &status);
  return Registered(socket, status);
}

napi_value Adopt(napi_env env, napi_callback_info info, int type,
                 int (*adopt)(StreamHub*, int, int)) {
  const Call call(env, info);
  int32_t fd = -1;
  if (!ReadInt32(env, call.argument(0), "fd", &fd)) return nullptr;
  if (call.object() == nullptr) return MakeInt32(env, UV_EBADF);
  int family = AF_UNSPEC;
  const int status = CheckSocket(fd, type, &family);
  if (status < 0) return MakeInt32(env, status);
  return MakeInt32(env, adopt(&call.object()->hub(), fd, family));
}

napi_value JsAdoptStream(napi_env env, napi_callback_info info) {
  return Adopt(env, info, SOCK_STREAM, AdoptStream);
}

napi_value JsAdoptListener(napi_env env, napi_callback_info info) {
  return Adopt(env, info, SOCK_STREAM, AdoptListener);
}

napi_value JsAdoptDatagrams(napi_env env, napi_callback_info info) {
  return Adopt(env, info, SOCK_DGRAM, AdoptDatagrams);
}

// The descriptor of a handle; -1, which every call refuses, where there is
// none. False with an exception pending.
bool ReadDescriptor(Call* call, int* fd) {
  IoHandle* handle = nullptr;
  if (!call->ReadHandle(&handle)) return false;
  if (handle == nullptr || uv_fileno(handle->uv(), fd) != 0) *fd = -1;
  return true;
}

napi_value JsSetSocketOption(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = -1;
  if (!ReadDescriptor(&call, &fd)) return nullptr;
  return SetOption(env, fd, call.arguments() + 2);
}

napi_value JsGetSocketOption(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = -1;
  if (!ReadDescriptor(&call, &fd)) return nullptr;
  return GetOption(env, fd, call.arguments() + 2);
}

napi_value JsSendFile(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Stream* stream = nullptr;
  FilePart part;
  if (!call.ReadStream(&stream) ||
      !ReadFilePart(env, call.arguments() + 2, &part)) {
    return nullptr;
  }
  uv_os_fd_t fd = -1;
  if (stream == nullptr || uv_fileno(stream->uv(), &fd) != 0) {
    return MakeInt32(env, UV_EBADF);
  }
  // What was submitted before goes first.
  const int status = call.object()->hub().submissions().Send(stream);
  if (status != 0) return MakeInt32(env, status);
  if (stream->QueuedBytes() != 0) return MakeInt32(env, UV_EAGAIN);
  return MakeDouble(
      env, static_cast<double>(SendFile(fd, part.fd, part.offset, part.count)));
}

}  // namespace

void AddSocketMethods(Methods* methods) {
  AddMethod(methods, "adoptStream", JsAdoptStream);
  AddMethod(methods, "adoptListener", JsAdoptListener);
  AddMethod(methods, "adoptDatagrams", JsAdoptDatagrams);
  AddMethod(methods, "setSocketOption", JsSetSocketOption);
  AddMethod(methods, "getSocketOption", JsGetSocketOption);
  AddMethod(methods, "sendFile", JsSendFile);
}

}  // namespace uvio
