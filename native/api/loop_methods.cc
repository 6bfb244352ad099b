// Loop methods about the loop itself: runs, wake-ups, arenas, rings.
#include <cstring>

#include "api/call.h"
#include "api/loop_class.h"
#include "node/arguments.h"
#include "node/values.h"

namespace uvio {

namespace {

napi_value JsStart(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.object() != nullptr) call.object()->loop().Start();
  return nullptr;
}

napi_value JsStop(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.object() != nullptr) call.object()->loop().Stop();
  return nullptr;
}

napi_value JsSetRef(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  bool is_ref = false;
  if (!ReadBool(env, call.argument(0), "ref", &is_ref)) return nullptr;
  if (call.object() != nullptr) call.object()->loop().SetRef(is_ref);
  return nullptr;
}

napi_value JsWake(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.object() != nullptr) call.object()->loop().Wake();
  return nullptr;
}

napi_value JsArm(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  double seconds = 0;
  if (!ReadDouble(env, call.argument(0), "seconds", &seconds)) return nullptr;
  if (call.object() != nullptr) call.object()->loop().Arm(seconds);
  return nullptr;
}

napi_value JsClose(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.object() != nullptr) call.object()->Close();
  return nullptr;
}

napi_value JsStats(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  LoopStats stats;
  // Not call.object(): this one method answers for a closed loop as well.
  const LoopObject::Holder* holder = call.holder();
  if (holder != nullptr && holder->object != nullptr) {
    stats = holder->object->Stats();
  } else if (holder != nullptr && holder->pool != nullptr) {
    stats.arenas = holder->pool->lent();
  }
  return MakeStats(env, stats);
}

napi_value JsProvideArena(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.object() == nullptr) {
    napi_throw_error(env, "EBADF", "The loop is closed");
    return nullptr;
  }
  ReceiveArenas& arenas = call.object()->loop().arenas();
  const int32_t id = arenas.Provide();
  if (id < 0) {
    napi_throw_error(env, "ENOMEM", "Not enough memory for an arena");
    return nullptr;
  }
  napi_value memory = arenas.Find(id)->Lend(env);
  if (memory == nullptr) return nullptr;
  napi_value result = MakeObject(env);
  SetNamed(env, result, "id", MakeInt32(env, id));
  SetNamed(env, result, "memory", memory);
  return result;
}

napi_value JsCopyFromArena(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  int32_t id = 0;
  if (!ReadInt32(env, call.argument(0), "arena", &id)) return nullptr;
  const Arena* arena = call.object() == nullptr
                           ? nullptr
                           : call.object()->loop().arenas().Find(id);
  if (arena == nullptr) {
    ThrowRangeError(env, "arena", "the id of an arena");
    return nullptr;
  }
  size_t offset = 0;
  size_t length = 0;
  if (!ReadSize(env, call.argument(1), "offset", arena->size(), &offset) ||
      !ReadSize(env, call.argument(2), "length", arena->size() - offset,
                &length)) {
    return nullptr;
  }
  void* data = nullptr;
  napi_value result = nullptr;
  if (napi_create_arraybuffer(env, length, &data, &result) != napi_ok) {
    return nullptr;
  }
  if (length != 0) std::memcpy(data, arena->data() + offset, length);
  return result;
}

napi_value JsRefill(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  uint32_t moved = 0;
  if (call.object() != nullptr) {
    moved = call.object()->loop().completions().Refill();
  }
  return MakeInt32(env, static_cast<int32_t>(moved));
}

}  // namespace

void AddLifecycleMethods(Methods* methods) {
  AddMethod(methods, "start", JsStart);
  AddMethod(methods, "stop", JsStop);
  AddMethod(methods, "setRef", JsSetRef);
  AddMethod(methods, "wake", JsWake);
  AddMethod(methods, "arm", JsArm);
  AddMethod(methods, "close", JsClose);
  AddMethod(methods, "stats", JsStats);
  AddMethod(methods, "provideArena", JsProvideArena);
  AddMethod(methods, "copyFromArena", JsCopyFromArena);
  AddMethod(methods, "refill", JsRefill);
}

}  // namespace uvio
