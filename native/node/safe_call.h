// One JavaScript function that C++ calls from libuv callbacks, whatever it
// does: throws, throws null, or finds its environment being torn down.
//
// The plain C API only: node-addon-api's Call aborts the process on
// `throw null` and in a worker that is being terminated.
#ifndef UVIO_NODE_SAFE_CALL_H_
#define UVIO_NODE_SAFE_CALL_H_

#include <node_api.h>

#include <cstdint>

namespace uvio {

enum class CallOutcome {
  kReturned,
  // The exception has been given to the process's uncaughtException.
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

  // Holds the function weakly until Hold(): something in JavaScript must refer
  // to it. Returns false with an exception pending.
  bool Initialize(napi_env env, napi_value function);

  // While held, the function (and all that it refers to) stays alive.
  void Hold();
  void LetGo();

  // Calls without arguments inside a callback scope, so that ticks and
  // microtasks have drained when this returns. The result is 0 where the
  // function returned no number. Never leaves an exception pending.
  CallOutcome Call(int32_t* result);

  // Releases what is referred to in the environment. Idempotent; allowed while
  // the function runs.
  void Dispose();

 private:
  CallOutcome CallInScope(int32_t* result);
  bool EnsureContext();

  napi_env env_ = nullptr;
  napi_ref function_ = nullptr;
  // Made at the first call, which comes from libuv with no JavaScript on the
  // stack: made earlier it would inherit the AsyncLocalStorage values of
  // whoever happened to construct the loop.
  napi_async_context context_ = nullptr;
  bool is_held_ = false;
  bool is_calling_ = false;
};

}  // namespace uvio

#endif  // UVIO_NODE_SAFE_CALL_H_
