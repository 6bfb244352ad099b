// Loop methods about Unix sockets and pipes.
#include <unistd.h>

#include <string>

#include "api/call.h"
#include "api/loop_class.h"
#include "io/listener.h"
#include "io/pipe_stream.h"
#include "node/arguments.h"
#include "node/values.h"
#include "uv/socket.h"
#include "uv/socket_options.h"

namespace uvio {

namespace {

// Returns a slot or an error code, as the next one.
int BindPath(StreamHub* hub, const std::string& path) {
  const int fd = BindUnixSocket(path.data(), path.size());
  if (fd < 0) return fd;
  int status = 0;
  Listener* listener = Listener::New(hub, fd, &status);
  if (listener != nullptr) return listener->Register().slot;
  close(fd);
  return status;
}

int ConnectPath(StreamHub* hub, const std::string& path) {
  int status = 0;
  PipeStream* stream = PipeStream::New(hub, &status);
  if (stream == nullptr) return status;
  status = stream->Connect(path);
  if (status != 0) {
    stream->Close();
    return status;
  }
  const int slot = stream->Register().slot;
  stream->RecordConnected();
  return slot;
}

napi_value WithPath(napi_env env, napi_callback_info info,
                    int (*open)(StreamHub*, const std::string&)) {
  const Call call(env, info);
  std::string path;
  if (!ReadString(env, call.argument(0), "path", &path)) return nullptr;
  if (call.object() == nullptr) return MakeInt32(env, UV_EBADF);
  return MakeInt32(env, open(&call.object()->hub(), path));
}

napi_value JsBindPath(napi_env env, napi_callback_info info) {
  return WithPath(env, info, BindPath);
}

napi_value JsConnectPath(napi_env env, napi_callback_info info) {
  return WithPath(env, info, ConnectPath);
}

// Returns a slot or an error code; the descriptor is the caller's then.
int OpenPipe(StreamHub* hub, int fd, bool is_duplicated) {
  const int ours = is_duplicated ? DuplicateDescriptor(fd) : fd;
  if (ours < 0) return ours;
  int status = 0;
  PipeStream* stream = PipeStream::Open(hub, ours, &status);
  if (stream != nullptr) return stream->Register().slot;
  if (is_duplicated) close(ours);
  return status;
}

napi_value JsOpenPipe(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  int32_t fd = -1;
  bool is_duplicated = false;
  if (!ReadInt32(env, call.argument(0), "fd", &fd) ||
      !ReadBool(env, call.argument(1), "duplicate", &is_duplicated)) {
    return nullptr;
  }
  if (call.object() == nullptr) return MakeInt32(env, UV_EBADF);
  return MakeInt32(env, OpenPipe(&call.object()->hub(), fd, is_duplicated));
}

}  // namespace

void AddPipeMethods(Methods* methods) {
  AddMethod(methods, "bindPath", JsBindPath);
  AddMethod(methods, "connectPath", JsConnectPath);
  AddMethod(methods, "openPipe", JsOpenPipe);
}

}  // namespace uvio
