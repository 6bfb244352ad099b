// Loop methods about any stream, whatever it runs over, and about handles in
// general.
#include "api/call.h"
#include "api/loop_class.h"
#include "node/arguments.h"
#include "node/values.h"

namespace uvio {

namespace {

// What write() and flushStream() return.
napi_value QueuedOrError(napi_env env, Stream* stream, int status) {
  if (status != 0) return MakeInt32(env, status);
  return MakeDouble(env, static_cast<double>(stream->QueuedBytes()));
}

napi_value JsFlush(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.object() != nullptr) call.object()->hub().submissions().SendAll();
  return nullptr;
}

napi_value JsGeneration(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  int32_t slot = 0;
  if (!ReadInt32(env, call.argument(0), "slot", &slot)) return nullptr;
  if (call.object() == nullptr) return MakeInt32(env, -1);
  return MakeInt32(env, call.object()->loop().slots().GenerationOf(slot));
}

napi_value JsReadStart(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Stream* stream = nullptr;
  int32_t mode = 0;
  if (!call.ReadStream(&stream) ||
      !ReadInt32(env, call.argument(2), "mode", &mode)) {
    return nullptr;
  }
  if (mode != static_cast<int32_t>(ReadMode::kLasting) &&
      mode != static_cast<int32_t>(ReadMode::kTransient)) {
    ThrowRangeError(env, "mode", "a ReadMode");
    return nullptr;
  }
  if (stream == nullptr) return MakeInt32(env, UV_EBADF);
  return MakeInt32(env, stream->ReadStart(static_cast<ReadMode>(mode)));
}

napi_value JsReadStop(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Stream* stream = nullptr;
  if (!call.ReadStream(&stream)) return nullptr;
  if (stream != nullptr) stream->ReadStop();
  return MakeInt32(env, 0);
}

napi_value JsWrite(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Stream* stream = nullptr;
  ByteView bytes;
  size_t offset = 0;
  size_t length = 0;
  if (!call.ReadStream(&stream) ||
      !ReadBytes(env, call.argument(2), "bytes", &bytes) ||
      !ReadSize(env, call.argument(3), "offset", bytes.length, &offset) ||
      !ReadSize(env, call.argument(4), "length", bytes.length - offset,
                &length)) {
    return nullptr;
  }
  if (stream == nullptr) return MakeInt32(env, UV_EBADF);
  // libuv's lengths are unsigned ints.
  constexpr size_t kMaxBuffer = size_t{1} << 30;
  int status = 0;
  do {
    const size_t count = length < kMaxBuffer ? length : kMaxBuffer;
    // Only read from: libuv has no type for constant buffers.
    const uv_buf_t buffer = uv_buf_init(const_cast<char*>(bytes.data + offset),
                                        static_cast<unsigned>(count));
    status = call.object()->hub().submissions().Send(stream, &buffer);
    offset += count;
    length -= count;
  } while (status == 0 && length != 0);
  return QueuedOrError(env, stream, status);
}

napi_value JsStartListening(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Listener* listener = nullptr;
  int32_t backlog = 0;
  if (!call.ReadListener(&listener) ||
      !ReadInt32(env, call.argument(2), "backlog", &backlog)) {
    return nullptr;
  }
  if (listener == nullptr) return MakeInt32(env, UV_EBADF);
  return MakeInt32(env, listener->Listen(backlog));
}

napi_value JsPermitConnections(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Listener* listener = nullptr;
  int32_t count = 0;
  if (!call.ReadListener(&listener) ||
      !ReadInt32(env, call.argument(2), "count", &count)) {
    return nullptr;
  }
  if (listener == nullptr) return MakeInt32(env, UV_EBADF);
  return MakeInt32(env, listener->Permit(count));
}

napi_value JsFlushStream(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Stream* stream = nullptr;
  if (!call.ReadStream(&stream)) return nullptr;
  if (stream == nullptr) return MakeInt32(env, UV_EBADF);
  const int status = call.object()->hub().submissions().Send(stream);
  return QueuedOrError(env, stream, status);
}

napi_value JsShutdown(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Stream* stream = nullptr;
  if (!call.ReadStream(&stream)) return nullptr;
  if (stream == nullptr) return MakeInt32(env, UV_EBADF);
  const int status = call.object()->hub().submissions().Send(stream);
  return MakeInt32(env, status != 0 ? status : stream->Shutdown());
}

napi_value JsCloseHandle(napi_env env, napi_callback_info info) {
  Call call(env, info);
  IoHandle* handle = nullptr;
  if (!call.ReadHandle(&handle)) return nullptr;
  if (handle != nullptr) handle->Close();
  return nullptr;
}

napi_value JsSetHandleRef(napi_env env, napi_callback_info info) {
  Call call(env, info);
  IoHandle* handle = nullptr;
  bool is_ref = false;
  if (!call.ReadHandle(&handle) ||
      !ReadBool(env, call.argument(2), "ref", &is_ref)) {
    return nullptr;
  }
  if (handle != nullptr) handle->SetRef(is_ref);
  return nullptr;
}

napi_value JsFileno(napi_env env, napi_callback_info info) {
  Call call(env, info);
  IoHandle* handle = nullptr;
  if (!call.ReadHandle(&handle)) return nullptr;
  if (handle == nullptr) return MakeInt32(env, UV_EBADF);
  uv_os_fd_t fd = -1;
  const int status = uv_fileno(handle->uv(), &fd);
  return MakeInt32(env, status != 0 ? status : fd);
}

}  // namespace

void AddStreamMethods(Methods* methods) {
  AddMethod(methods, "flush", JsFlush);
  AddMethod(methods, "generation", JsGeneration);
  AddMethod(methods, "readStart", JsReadStart);
  AddMethod(methods, "readStop", JsReadStop);
  AddMethod(methods, "write", JsWrite);
  AddMethod(methods, "startListening", JsStartListening);
  AddMethod(methods, "permitConnections", JsPermitConnections);
  AddMethod(methods, "flushStream", JsFlushStream);
  AddMethod(methods, "shutdown", JsShutdown);
  AddMethod(methods, "closeHandle", JsCloseHandle);
  AddMethod(methods, "setHandleRef", JsSetHandleRef);
  AddMethod(methods, "fileno", JsFileno);
}

}  // namespace uvio
