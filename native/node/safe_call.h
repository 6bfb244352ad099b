// Calls one JavaScript function from libuv callbacks. The function may throw
// anything, and its environment may end during the call.
//
// On the C interface: node-addon-api's calls would leave the exception pending
// with no JavaScript on the stack
// (docs/decisions/0042-node-addon-api-at-the-surface.md).
#ifndef UVIO_NODE_SAFE_CALL_H_
#define UVIO_NODE_SAFE_CALL_H_

#include <node_api.h>

#include <cstdint>

namespace uvio {

enum class CallOutcome {
  kReturned,
  // The exception was passed to uncaughtException.
  kThrew,
  // JavaScript can no longer run here: stop calling, close everything.
  kDying,
};

class SafeFunction {
 public:
  SafeFunction() = default;
  ~SafeFunction();
  SafeFunction(const SafeFunction&) = delete;
  SafeFunction& operator=(const SafeFunction&) = delete;

  // References the function weakly until Hold(), so JavaScript must reference
  // it. Returns false on failure.
  bool Initialize(napi_env env, napi_value function);

  // Hold() keeps the function, and all that it references, alive until
  // Release().
  void Hold();
  void Release();

  // Calls without arguments inside a callback scope, so that ticks and
  // microtasks have drained when this returns. The result is 0 if the function
  // did not return a number. Never leaves an exception pending.
  CallOutcome Call(int32_t* result);

  // Deletes the references. Idempotent, and allowed while the function runs.
  void Dispose();

 private:
  CallOutcome CallInScope(int32_t* result);
  bool EnsureContext();

  napi_env env_ = nullptr;
  napi_ref function_ = nullptr;
  // Made at the first call, which comes from libuv with no JavaScript on the
  // stack. Made earlier, it would inherit the AsyncLocalStorage values of the
  // code that constructed the loop.
  napi_async_context context_ = nullptr;
  bool is_held_ = false;
  bool is_calling_ = false;
};

}  // namespace uvio

#endif  // UVIO_NODE_SAFE_CALL_H_
