#include "api/loop_class.h"

#include <memory>

#include "api/environment.h"
#include "api/loop_object.h"
#include "loop/ring_memory.h"
#include "node/arguments.h"

namespace uvio {

namespace {

constexpr size_t kMaxArena = size_t{1} << 30;

template <typename Record>
bool ReadRing(napi_env env, napi_value options, const char* name,
              napi_value* array, SharedInts* ints) {
  if (!ReadProperty(env, options, name, array) ||
      !ReadSharedInts(env, *array, name, ints)) {
    return false;
  }
  if (RingMemory<Record>::IsLength(ints->length)) return true;
  return ThrowRangeError(env, name,
                         "a header and a power of two of records long");
}

bool ReadArenaSize(napi_env env, napi_value options, const char* name,
                   size_t* size) {
  napi_value value = nullptr;
  if (!ReadProperty(env, options, name, &value) ||
      !ReadSize(env, value, name, kMaxArena, size)) {
    return false;
  }
  return *size > 0 || ThrowRangeError(env, name, "at least 1");
}

bool ReadLoopOptions(napi_env env, napi_value value, LoopOptions* options) {
  napi_value turn = nullptr;
  return ReadObject(env, value, "options") &&
         ReadRing<CompletionRecord>(env, value, "completions",
                                    &options->completions_array,
                                    &options->completions) &&
         ReadRing<SubmissionRecord>(env, value, "submissions",
                                    &options->submissions_array,
                                    &options->submissions) &&
         ReadArenaSize(env, value, "sendArenaBytes",
                       &options->send_arena_bytes) &&
         ReadArenaSize(env, value, "transientArenaBytes",
                       &options->transient_arena_bytes) &&
         ReadArenaSize(env, value, "lastingArenaBytes",
                       &options->lasting_arena_bytes) &&
         ReadProperty(env, value, "turn", &turn) &&
         ReadFunction(env, turn, "turn", &options->turn);
}

void OnCollected(napi_env, void* data, void*) {
  auto* holder = static_cast<LoopObject::Holder*>(data);
  if (holder->object != nullptr) holder->object->OnCollected();
  delete holder;
}

napi_value JsLoop(napi_env env, napi_callback_info info) {
  napi_value target = nullptr;
  size_t count = 1;
  napi_value argument = nullptr;
  napi_value self = nullptr;
  if (napi_get_new_target(env, info, &target) != napi_ok ||
      napi_get_cb_info(env, info, &count, &argument, &self, nullptr) !=
          napi_ok) {
    return nullptr;
  }
  if (target == nullptr) {
    napi_throw_type_error(env, nullptr, "Class Loop must be called with new");
    return nullptr;
  }
  LoopOptions options;
  if (!ReadLoopOptions(env, argument, &options)) return nullptr;
  auto holder = std::make_unique<LoopObject::Holder>();
  // From here on OnCollected() deletes it, also where New() fails.
  if (napi_wrap(env, self, holder.get(), OnCollected, nullptr, nullptr) !=
      napi_ok) {
    return nullptr;
  }
  return LoopObject::New(env, options, self, holder.release()) ? self : nullptr;
}

}  // namespace

napi_value DefineLoopClass(napi_env env) {
  Methods methods;
  AddLifecycleMethods(&methods);
  AddStreamMethods(&methods);
  AddTcpMethods(&methods);
  AddPipeMethods(&methods);
  AddDatagramMethods(&methods);
  AddPollMethods(&methods);
  AddSocketMethods(&methods);
  AddProcessMethods(&methods);
  AddNameMethods(&methods);
  napi_value result = nullptr;
  if (napi_define_class(env, "Loop", NAPI_AUTO_LENGTH, JsLoop, nullptr,
                        methods.size(), methods.data(), &result) != napi_ok) {
    return nullptr;
  }
  return result;
}

}  // namespace uvio
