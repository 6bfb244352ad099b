// Calls through napi_make_callback, and reports exceptions.
#include "node/safe_call.h"

#include "util/check.h"

namespace uvio {

namespace {

bool IsExceptionPending(napi_env env) {
  bool is_pending = false;
  return napi_is_exception_pending(env, &is_pending) == napi_ok && is_pending;
}

// A pending exception makes every later Node-API call return
// napi_pending_exception: the loop would stop without an error.
void ReportPendingException(napi_env env) {
  napi_value error = nullptr;
  if (napi_get_and_clear_last_exception(env, &error) != napi_ok) return;
  napi_fatal_exception(env, error);
  // The uncaughtException listener may have thrown, too.
  if (IsExceptionPending(env)) {
    napi_get_and_clear_last_exception(env, &error);
  }
}

}  // namespace

SafeFunction::~SafeFunction() { CHECK(function_ == nullptr); }

bool SafeFunction::Initialize(napi_env env, napi_value function) {
  CHECK(function_ == nullptr);
  env_ = env;
  return napi_create_reference(env, function, 0, &function_) == napi_ok;
}

void SafeFunction::Hold() {
  if (is_held_ || function_ == nullptr) return;
  // Release() or Dispose() undoes it.
  is_held_ = napi_reference_ref(env_, function_, nullptr) == napi_ok;
}

void SafeFunction::Release() {
  if (!is_held_ || function_ == nullptr) return;
  napi_reference_unref(env_, function_, nullptr);
  is_held_ = false;
}

bool SafeFunction::EnsureContext() {
  if (context_ != nullptr) return true;
  napi_value name;
  return napi_create_string_utf8(env_, "uvio", NAPI_AUTO_LENGTH, &name) ==
             napi_ok &&
         napi_async_init(env_, nullptr, name, &context_) == napi_ok;
}

CallOutcome SafeFunction::Call(int32_t* result) {
  *result = 0;
  if (function_ == nullptr) return CallOutcome::kDying;
  napi_handle_scope handles;
  if (napi_open_handle_scope(env_, &handles) != napi_ok) {
    return CallOutcome::kDying;
  }
  is_calling_ = true;
  const CallOutcome outcome = CallInScope(result);
  is_calling_ = false;
  // The uncaughtException listener may have left one.
  if (IsExceptionPending(env_)) ReportPendingException(env_);
  napi_close_handle_scope(env_, handles);
  if (function_ == nullptr) Dispose();
  return outcome;
}

CallOutcome SafeFunction::CallInScope(int32_t* result) {
  const napi_env env = env_;
  napi_value function = nullptr;
  napi_value receiver = nullptr;
  if (!EnsureContext() ||
      napi_get_reference_value(env, function_, &function) != napi_ok ||
      function == nullptr || napi_get_global(env, &receiver) != napi_ok) {
    return CallOutcome::kDying;
  }
  // Opens a callback scope, and drains ticks and microtasks when it is closed.
  // A tenth cheaper than an explicit scope.
  napi_value value = nullptr;
  if (napi_make_callback(env, context_, receiver, function, 0, nullptr,
                         &value) == napi_ok) {
    if (napi_get_value_int32(env, value, result) != napi_ok) *result = 0;
    return CallOutcome::kReturned;
  }
  if (!IsExceptionPending(env)) return CallOutcome::kDying;
  ReportPendingException(env);
  return CallOutcome::kThrew;
}

void SafeFunction::Dispose() {
  if (function_ != nullptr) {
    napi_delete_reference(env_, function_);
    function_ = nullptr;
    is_held_ = false;
  }
  // While the function runs its context is in use: Call() destroys it then.
  if (context_ != nullptr && !is_calling_) {
    napi_async_destroy(env_, context_);
    context_ = nullptr;
  }
}

}  // namespace uvio
