// Loop methods that watch the descriptors of others.
#include <utility>

#include "api/call.h"
#include "api/loop_class.h"
#include "io/poll.h"
#include "node/arguments.h"
#include "node/values.h"
#include "uv/owned_descriptors.h"

namespace uvio {

namespace {

napi_value JsOpenPoll(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  int32_t fd = -1;
  if (!ReadInt32(env, call.argument(0), "fd", &fd)) return nullptr;
  if (call.object() == nullptr) return MakeInt32(env, UV_EBADF);
  int status = 0;
  Poll* poll = Poll::New(&call.object()->hub(), fd, &status);
  return MakeInt32(env, poll == nullptr ? status : poll->Register().slot);
}

napi_value JsSetPollEvents(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Poll* poll = nullptr;
  size_t events = 0;
  if (!call.ReadPoll(&poll) || !ReadSize(env, call.argument(2), "events",
                                         UV_READABLE | UV_WRITABLE, &events)) {
    return nullptr;
  }
  if (poll == nullptr) return MakeInt32(env, UV_EBADF);
  return MakeInt32(env, poll->SetEvents(static_cast<int>(events)));
}

napi_value JsIsPollOf(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Poll* poll = nullptr;
  int32_t fd = -1;
  if (!call.ReadPoll(&poll) || !ReadInt32(env, call.argument(2), "fd", &fd)) {
    return nullptr;
  }
  return MakeInt32(env, poll != nullptr && poll->IsOf(fd) ? 1 : 0);
}

napi_value JsIsOurs(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  int32_t fd = -1;
  if (!ReadInt32(env, call.argument(0), "fd", &fd)) return nullptr;
  return MakeInt32(env, IsOwned(fd) ? 1 : 0);
}

}  // namespace

void AddPollMethods(Methods* methods) {
  AddMethod(methods, "openPoll", JsOpenPoll);
  AddMethod(methods, "setPollEvents", JsSetPollEvents);
  AddMethod(methods, "isPollOf", JsIsPollOf);
  AddMethod(methods, "isOurs", JsIsOurs);
}

}  // namespace uvio
