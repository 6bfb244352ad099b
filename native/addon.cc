// The addon's exports; src/native-loop/boundary/addon.ts declares them. What an environment
// owns, and the order in which it goes, is in api/environment.h.
#include <node_api.h>
#include <uv.h>

#include "api/environment.h"
#include "api/layout.h"
#include "api/loop_class.h"
#include "api/socket_class.h"
#include "node/arguments.h"
#include "node/values.h"
#include "uv/status.h"

namespace uvio {

namespace {

napi_value JsErrorName(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument = nullptr;
  int32_t code = 0;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) !=
          napi_ok ||
      !ReadInt32(env, argument, "code", &code)) {
    return nullptr;
  }
  const StatusText text(code);
  napi_value result = nullptr;
  if (napi_create_array_with_length(env, 2, &result) != napi_ok ||
      napi_set_element(env, result, 0, MakeString(env, text.name)) != napi_ok ||
      napi_set_element(env, result, 1, MakeString(env, text.message)) !=
          napi_ok) {
    return nullptr;
  }
  return result;
}

napi_value JsStats(napi_env env, napi_callback_info) {
  Environment* environment = Environment::Get(env);
  return environment == nullptr ? nullptr
                                : MakeStats(env, environment->Stats());
}

napi_value MakeFunction(napi_env env, const char* name,
                        napi_callback callback) {
  napi_value result = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &result);
  return result;
}

napi_value Initialize(napi_env env, napi_value exports) {
  if (Environment::New(env) == nullptr) {
    napi_throw_error(env, nullptr, "The environment refused the addon's state");
    return nullptr;
  }
  SetNamed(env, exports, "layout", MakeLayout(env));
  // The library that is loaded, not the headers that were compiled against.
  SetNamed(env, exports, "uvVersion", MakeString(env, uv_version_string()));
  SetNamed(env, exports, "errorName",
           MakeFunction(env, "errorName", JsErrorName));
  SetNamed(env, exports, "stats", MakeFunction(env, "stats", JsStats));
  SetNamed(env, exports, "Loop", DefineLoopClass(env));
  SetNamed(env, exports, "Socket", DefineSocketClass(env));
  SetNamed(env, exports, "socketPair",
           MakeFunction(env, "socketPair", JsSocketPair));
  SetNamed(env, exports, "socketConstants", MakeSocketConstants(env));
  return exports;
}

}  // namespace

}  // namespace uvio

NAPI_MODULE_INIT() { return uvio::Initialize(env, exports); }
